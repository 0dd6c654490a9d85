"""Verdicts on marginal KLs are those of the figures."""

import pytest

from examples.reports import rosca_marginal
from examples.reports.papers import sections


def figures(value, error=0.1, average=20.0, floor=11.0):
    found = {"average_kl": average, "average_kl_se": 0.0, "floor": floor, "data_entropy": 9.0}
    found |= {"marginal_kl": value, "marginal_kl_se": error, "examples": 8_103}
    found |= {"mutual_information": average - value, "mutual_information_se": error}
    return found | {"average_kl_per_dimension": 0.4, "marginal_kl_per_dimension": value / 50}


def system(**values):
    return {
        "system": "color_mnist-50",
        "steps": 30,
        "parameters": 1_234,
        "latents": 50,
        "seconds": 10.0,
        "measures": {name: figures(value) for name, value in values.items()},
        "paper": {"average_kl_per_dimension": 0.468, "monte_carlo_per_dimension": 0.244},
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"monte_carlo": 12.0, "ratio": 2.0, "maf": 3.0}, [True, True, True]),
        # Within standard errors.
        ({"monte_carlo": 10.8, "ratio": 2.0}, [True, True, True]),
        ({"monte_carlo": 10.0, "ratio": 2.0}, [True, False, True]),
        ({"monte_carlo": 21.0, "ratio": 2.0}, [False, True, True]),
        ({"monte_carlo": 12.0, "ratio": 2.0, "lstm": 11.9}, [True, True, False]),
        ({"monte_carlo": 12.0, "ratio": 30.0}, [True, True, False]),
        ({"monte_carlo": 12.0}, [True, True]),
    ],
)
def test_orders_hold_within_standard_errors(values, expected):
    assert list(rosca_marginal.orders(system(**values)).values()) == expected


def lambdas():
    for weight, value in ((0.0, 12.0), (10.0, 11.0)):
        paper = {"average_kl": 22.0, "monte_carlo": 12.2}
        yield {**system(monte_carlo=value), "lambda": weight, "paper": paper}


def test_the_section_of_marginal_kls_tells_what_is_and_what_is_not_so():
    record = {
        "fits": [system(monte_carlo=12.0, ratio=2.5, lstm=12.1)],
        "lambdas": list(lambdas()),
        "settings": {"steps": ["30"]},
        "settings_of_table_4": {"lambda_steps": 20},
        "seconds": 120.0,
        "workers": 1,
        "cores": 2,
    }
    section = sections()["marginal_kl"].body(record)
    assert (
        "Ours: color_mnist-50 0.240 of 0.400. average KL >= Monte Carlo in 1 of 1 systems. "
        "Monte Carlo >= floor in 1 of 1 systems. Monte Carlo above ratio and every density in 0 of "
        "1 systems, not color_mnist-50. The best density, where all were fitted: LSTM for "
        "color_mnist-50; the paper's is the LSTM." in section
    )
    assert "| color_mnist-50 | 12 ± 0.1 | 2.5 ± 0.1 | - | - | - | - | 12.1 ± 0.1 |" in section
    assert "from lambda 0 to 10 the marginal KL went from 12.00 to 11.00" in section
    assert "| 10 | 20 | 22 | 11 ± 0.1 | 12.2 | 11 |" in section
    without = sections()["marginal_kl"].body({**record, "fits": [], "lambdas": []})
    assert "Table 4, the ELBO" not in without
    assert "|" not in without


def test_the_section_of_classifiers_counts_those_that_are_too_low():
    plain = {"layers": 4, "learning_rate": 5e-4, "penalty": None, "noise": 0.0, "dropout": 0.0}
    held = plain | {"penalty": "gradient", "noise": 1.0}
    rows = [
        plain | {"marginal_kl": 3.0, "marginal_kl_se": 0.5, "paper": 2.46},
        held | {"marginal_kl": 240.0, "marginal_kl_se": 0.5, "paper": 25_812.8},
    ]
    table = {**system(monte_carlo=12.0), "table": "2", "rows": rows}
    record = {
        "tables": [table],
        "paper": {"2": {"system": "ColorMNIST", "monte_carlo": 12.3, "average_kl": 23.34}},
        "settings": {"units": 8},
        "noise": 1.0,
        "dropout": 0.5,
        "seconds": 120.0,
        "workers": 1,
        "cores": 2,
    }
    section = sections()["critic_architectures"].body(record)
    assert (
        "1 of 2 rows lie below Monte Carlo's 12 nats, at 3 to 240; penalty and noise took 4 layers "
        "from 3 to 240, the paper's from 2.46 to 2.581e+04." in section
    )
    assert "| 4 | 0.0005 | no | no | no | 3 ± 0.5 | 25% | 2.46 | 20% |" in section
    assert "| 4 | 0.0005 | yes | yes | no | 240 ± 0.5 | 20 times | 2.581e+04 |" in section
