import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data

ROWS = [(k % 7, 1000.0 * (k % 11), "ba"[k % 2]) for k in range(200)]


@pytest.fixture
def path(tmp_path):
    return write(tmp_path, ROWS)


def write(folder, rows, header="age,income,group", delimiter=","):
    lines = [header, *(delimiter.join(map(str, row)) for row in rows)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return folder / "table.csv"


def opened(path, split="train", **options):
    options = {"batch_size": 1, "shuffle": False, **options}
    return data.load("csv", split, path=path, **options).stream


def stored(stream):
    """All examples and labels, without a pipeline, which takes time to make."""
    return stream.source.take(tf.range(len(stream.source)))


def rows_of(stream):
    return stored(stream).x.numpy()


def test_columns_have_the_moments_of_the_training_split_and_come_back(path, tmp_path):
    train, test = (opened(path, split, label="group") for split in ("train", "test"))
    assert train.num_examples + test.num_examples == 200
    assert 5 <= test.num_examples <= 40
    x = rows_of(train)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=1e-5)
    known = train.info.standardization
    assert known.columns == ("age", "income")
    np.testing.assert_array_equal(known.mean, test.info.standardization.mean)
    whole = np.concatenate([known.restore(x), known.restore(rows_of(test))])
    expected = np.array([row[:2] for row in ROWS], float)
    np.testing.assert_allclose(np.sort(whole, 0), np.sort(expected, 0), atol=1e-2)
    known.save(tmp_path / "moments.json")
    again = data.Standardization.load(tmp_path / "moments.json")
    np.testing.assert_array_equal(again.restore(x), known.restore(x))


def test_labels_are_numbered_by_name(path):
    stream = opened(path, label="group", test_share=0.0, standardize=False)
    assert (stream.info.class_names, stream.info.num_classes) == (("a", "b"), 2)
    assert stored(stream).y.numpy().tolist() == [1 - k % 2 for k in range(200)]
    assert opened(path, columns="income", label="age").info.class_names == tuple("0123456")


def test_columns_are_chosen_in_order(path):
    stream = opened(path, columns="income, age", standardize=False, test_share=0.0)
    assert rows_of(stream)[:3].tolist() == [[0, 0], [1000, 1], [2000, 2]]
    assert stream.info.standardization is None


def test_labels_may_be_other_numbers(tmp_path):
    path = write(tmp_path, [(k, k / 4) for k in range(40)], "x,y")
    stream = opened(path, label="y", test_share=0.0)
    assert stream.info.class_names is None
    assert stored(stream).y.numpy().tolist() == [k / 4 for k in range(40)]


def test_rows_at_the_end_move_no_others(path, tmp_path):
    columns = {"columns": "age,income", "standardize": False}
    before = rows_of(opened(path, "test", **columns))
    path = write(tmp_path, [*ROWS, *ROWS])
    np.testing.assert_array_equal(rows_of(opened(path, "test", **columns))[: len(before)], before)


def test_rows_that_lack_values_can_be_left_out(tmp_path):
    path = write(tmp_path, [*ROWS, ("NA", 3, "a"), (1, "", "b"), (1, 2, "")])
    with pytest.raises(
        ValueError, match=r"3 of 203 rows .* lack a value, 'age' on line 202, .*drop"
    ):
        opened(path, label="group")
    with pytest.warns(UserWarning, match="3 of 203 rows .* They are left out"):
        stream = opened(path, label="group", missing="drop", test_share=0.0)
    assert stream.num_examples == 200


@pytest.mark.parametrize(
    ("rows", "header", "options", "message"),
    [
        (ROWS, "age,income,group", {}, r"Column 'group' .* 'b' on line 2.*='age,income'.*label"),
        (ROWS, "age,income,group", {"label": "grup"}, r"no column 'grup'\. Did you mean 'group'\?"),
        (ROWS, "age,income,group", {"columns": "agee"}, r"no column 'agee'\. Did you mean 'age'"),
        (ROWS, "age,age,group", {}, "several columns age; their names must differ"),
        (ROWS, "1,2,3", {}, "first line .* holds numbers, 1, 2, 3; expected the columns' names"),
        ([(1, 2, 3)], "a,b", {}, "Line 2 .* has 3 values, but the first line 2 names"),
        ([("1;2",)], "a;b", {}, r"one column, 'a;b', .*Pass delimiter=';'"),
        ([(1, "inf")], "a,b", {}, "Column 'b' .* holds 'inf' on line 2; expected finite numbers"),
        ([(1, 2), (1, 3)], "a,b", {"test_share": 0.0}, r"same in all rows .*: a = 1\. Leave"),
        ([], "a,b", {}, r"has no whole row below the columns' names\."),
        ([("", 2)], "a,b", {}, "no whole row .* each of its 1 lacks a value, 'a' on line 2"),
        (ROWS, ",income,group", {"label": "group"}, "Column 1 of .* has no name.*'income,group'"),
        (ROWS, "age,income,group", {"columns": "age,age"}, "columns names age more than once"),
        ([(1, '"3,5"')], "a,b", {}, r"'3,5' on line 2; expected .* decimal point .* 1234\.5"),
        ([(1, '"3,500.5"')], "a,b", {}, r"'3,500\.5' on line 2; expected .* decimal point"),
        (ROWS, "age,income,group", {"delimiter": ""}, "delimiter must be one character, .* ''"),
        ([], "", {}, "is empty, or its first line is"),
        (ROWS, "a,b,c", {"missing": "mean"}, "missing must be one of refuse, drop"),
    ],
)  # fmt: skip
def test_mistakes_have_their_messages(tmp_path, rows, header, options, message):
    with pytest.raises(ValueError, match=message):
        opened(write(tmp_path, rows, header), **options)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"There is no file .*table\.csv; path must be a CSV"
    ):
        opened(tmp_path / "table.csv")
    with pytest.raises(IsADirectoryError, match="is a folder; path must be a CSV file"):
        opened(tmp_path)
    (tmp_path / "table.csv").write_bytes(b"a,b\n\xff\xfe,3\n")
    with pytest.raises(ValueError, match="cannot be read as text in UTF-8"):
        opened(tmp_path / "table.csv")
