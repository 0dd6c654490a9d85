"""Each example, run as its users run it, on the smallest budget."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from kfdiv import runs

ROOT = pathlib.Path(__file__).parents[2]


def call(script, folder, *arguments):
    """Run an example in `folder`, as its users do in the root of the repository."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TFDS_DATA_DIR": str(folder / "no_data"),
    }
    return subprocess.run(
        [sys.executable, "-m", f"examples.{script}", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        # A rehearsal of half a minute may take ten times that on a busy machine.
        timeout=900,
    )


def run(script, folder, *arguments):
    """Run an example; fail with what it wrote to stderr."""
    done = call(script, folder, *arguments)
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


def record(folder, name):
    result = json.loads((folder / f"{name}.json").read_text())
    assert result["example"] == name
    assert result["command"].startswith("python -m examples.")
    assert name in result["command"]
    picture = (folder / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    return result


@pytest.mark.rehearsal
def test_gaussian_fit(tmp_path):
    run(
        "zhang.gaussian_fit",
        tmp_path,
        "--results=out",
        "--steps=100",
        "--weights=0.4,0.6",
        "--means=-1,1",
        "--scales=0.5,0.5",
        "--divergences=rkl",
        "--seeds=0",
    )
    result = record(tmp_path / "out", "gaussian_fit")
    assert result["mixture"]["weights"] == [0.4, 0.6]
    assert result["paper"] == {}
    assert [fit["estimator"] for fit in result["fits"]] == ["upper", "lower"]
    for fit in result["fits"]:
        assert {"mu", "sigma", "true_divergence", "bound", "bound_se"} <= set(fit)
        assert fit["true_divergence"] >= result["optima"]["rkl"]["divergence"] > 0


@pytest.mark.rehearsal
def test_the_density_of_a_batch_is_biased_and_that_of_the_data_is_not(tmp_path):
    sizes = ["--batch_sizes=10", "--seeds=0", "--steps=1000", "--examples=500"]
    run("zhang.minibatch_density", tmp_path, *sizes, "--results=out")
    result = record(tmp_path / "out", "minibatch_density")
    (bias,) = result["bias"]
    assert bias["mean"] + 3 * bias["se"] < 0
    lost = {fit["density"]: fit["divergence"] for fit in result["fits"]}
    optimum = result["optimum"]["divergence"]
    assert optimum < lost["exact"] < 1.1 * optimum < lost["minibatch"]


@pytest.mark.rehearsal
def test_ring(tmp_path):
    arguments = ["--results=out", "--steps=50", "--divergences=js", "--seeds=0,1"]
    run("zhang.ring", tmp_path, *arguments)
    fit, other = record(tmp_path / "out", "ring")["fits"]
    assert (fit["system"], fit["seed"], other["seed"]) == ("js", 0, 1)
    assert fit["good_samples"] != other["good_samples"] or fit["curve"] != other["curve"]
    assert 0 <= fit["good_samples"] <= 1
    assert 0 <= fit["modes_covered"] <= len(fit["samples_by_mode"]) == 7


@pytest.mark.rehearsal
def test_celeba_on_invented_images(tmp_path):
    rehearsal = ["--mock", "--samples=4", "--results=out", "--workdir=work"]
    run("zhang.celeba_forward_reverse", tmp_path, *rehearsal)
    result = record(tmp_path / "out", "celeba_forward_reverse")
    assert result["mock"]
    assert set(result["fits"]) == {"kl", "rkl", "data"}
    assert all(set(fit) == {"sharpness", "variability"} for fit in result["fits"].values())
    assert result["fits"]["data"]["sharpness"] > 0
    kept = {path.name for path in (tmp_path / "work").iterdir()}
    assert kept == {"settings.json", "warmup", "kl", "rkl"}
    other = call("zhang.celeba_forward_reverse", tmp_path, *rehearsal, "--seed=1")
    assert "work holds another run: seed is 0 there, 1 here" in other.stderr


@pytest.mark.rehearsal
def test_fgm_collapse(tmp_path):
    run("fgm.fgm_collapse", tmp_path, "--results=out", "--epochs=4", "--seeds=0", "--density=maf")
    result = record(tmp_path / "out", "fgm_collapse")
    assert [fit["divergence"] for fit in result["fits"]] == ["js", "kl"]
    for fit in result["fits"]:
        assert np.shape(fit["log_density_by_epoch"]) == np.shape(fit["share_by_epoch"]) == (4, 4)
        assert 0 <= fit["modes_covered"] <= 4
    assert (tmp_path / "runs" / "fgm_collapse" / "kl-0.png").exists()


@pytest.mark.rehearsal
def test_fgm_mnist_and_its_second_call_that_only_measures(tmp_path):
    small = ["units=16", "density_units=16", "density_layers=1"]
    arguments = ["--source=digits", "--steps=200", "--divergences=js", "--samples=300"]
    arguments += [f"--set={setting}" for setting in small] + ["--workdir=work"]
    assert "200/200" in run("fgm.fgm_mnist", tmp_path, *arguments, "--results=out")
    first = record(tmp_path / "out", "fgm_mnist")
    assert first["classifier_accuracy"] > 0.9
    assert sum(first["fits"][0]["share_by_class"]) == pytest.approx(1)
    out = run("fgm.fgm_mnist", tmp_path, *arguments, "--results=again")
    assert "200/200" not in out
    again = record(tmp_path / "again", "fgm_mnist")
    assert again["summary"] == first["summary"]
    assert again["fits"][0]["log_density_by_look"] == [
        pytest.approx(first["fits"][0]["log_density_by_look"][0], rel=1e-6)
    ]


@pytest.mark.rehearsal
def test_age_latents_trains_a_run_if_it_is_given_none(tmp_path):
    out = run("shen.age_latents", tmp_path, "--results=out", "--epochs=1", "--divergence=kl")
    first = record(tmp_path / "out", "age_latents")
    (found,) = first["runs"]
    assert 0.1 < found["neighbors_of_the_class"] <= 1
    assert set(found["longest_step"]) == {"line", "arc"}
    assert "140/140" in out
    out = run("shen.age_latents", tmp_path, "--results=again", "--workdir=runs/age_latents/kl-8-1")
    assert "140/140" not in out
    again = record(tmp_path / "again", "age_latents")
    assert {**again, "command": first["command"]} == first


@pytest.mark.rehearsal
def test_gan_minimises_divergence(tmp_path):
    sizes = ["--examples=500", "--steps=100", "--independent_steps=50", "--seeds=0"]
    choice = ["--data=two", "--gan=fgan-rkl", "--results=out"]
    run("raffel.gan_minimises_divergence", tmp_path, *sizes, *choice)
    result = record(tmp_path / "out", "gan_minimises_divergence")["data"]["two"]
    fits = {fit["system"]: fit for fit in result["fits"]}
    assert list(fits) == ["maximum-likelihood", "exact-rkl", "fgan-rkl"]
    least = {name: found["divergence"] for name, found in result["optima"].items()}
    assert fits["exact-rkl"]["rkl"] == pytest.approx(least["rkl"], rel=1e-4)
    assert fits["maximum-likelihood"]["kl"] == pytest.approx(least["kl"], rel=0.05)
    for fit in fits.values():
        assert all(fit[name] > 0.999 * value for name, value in least.items())
        assert fit["bound"] < fit["js"] + 5 * fit["bound_se"]
    # Eq. 16 takes the V of the game, which bounds reverse KL here, and that alone has one.
    value, error = (fits["fgan-rkl"][name] for name in ("value", "value_se"))
    assert value < fits["fgan-rkl"]["rkl"] + 5 * error
    assert abs(value - fits["fgan-rkl"]["bound"]) > 1e-3
    assert fits["exact-rkl"]["value"] is None


@pytest.mark.rehearsal
def test_ratio_scaling_and_its_second_call_that_only_reads(tmp_path):
    sizes = ["--dimensions=1,3", "--steps=20,10", "--runs=2,1", "--units=4", "--looks=2"]
    arguments = [*sizes, "--figures=2,10", "--workdir=work"]
    out = run("rosca.ratio_scaling", tmp_path, *arguments, "--results=out", "--workers=2")
    assert "9 of 9, " in out
    first = record(tmp_path / "out", "ratio_scaling")
    names = ["2, d = 1", "10, d = 1", "2, d = 3", "10, d = 3"]
    assert list(first["summary"]) == names
    expected = [names[0], names[0], names[1], names[1], *names[2:]]
    assert [fit["system"] for fit in first["fits"]] == expected
    for fit in first["fits"]:
        assert fit["initial_kl"] > 0
        assert fit["final_kl"] == fit["kl_by_look"][-1] != fit["initial_kl"]
        assert fit["fell"] == (fit["final_kl"] < fit["initial_kl"])
        assert len(fit["online_by_look"]) == len(fit["at_step"]) == 2
    # The critic of a pair that is fixed is that of both figures.
    by_figure = [
        [fit["estimate_of_initial"] for fit in first["fits"] if fit["figure"] == figure]
        for figure in ("2", "10")
    ]
    assert by_figure[0] == by_figure[1]
    run("rosca.ratio_scaling", tmp_path, *arguments, "--results=again", "--workers=1")
    assert record(tmp_path / "again", "ratio_scaling")["fits"] == first["fits"]


@pytest.mark.rehearsal
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--report_only"], "No run of this plan is finished in --workdir=runs/vae_gan_hybrids"),
        (["--models=vae,gan"], "no model 'gan'. Choose from vae, dcgan"),
        (["--looks=7"], "800 steps cannot be split into --looks=7 equal parts"),
    ],
)
def test_vae_gan_hybrids_refuses_before_it_begins(flags, message, tmp_path):
    done = call("rosca.vae_gan_hybrids", tmp_path, *flags)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.rehearsal
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--dimensions=1,2"], "expected as many steps and runs as dimensions"),
        (["--figures=2,3"], "no figure '3'. Choose from 2, 8, 9, 10"),
        (["--looks=7"], "1000 steps cannot be split into --looks=7 equal parts"),
    ],
)
def test_ratio_scaling_refuses_before_it_begins(flags, message, tmp_path):
    done = call("rosca.ratio_scaling", tmp_path, *flags)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "runs").exists()


LIKELIHOODS = ["--source=digits", "--steps=4", "--looks=2", "--base_filters=1", "--latents=2"]
LIKELIHOODS += ["--samples=40", "--measure_steps=2", "--seeds=0", "--workers=1"]


@pytest.mark.rehearsal
def test_pixel_likelihood(tmp_path):
    run("rosca.pixel_likelihood", tmp_path, *LIKELIHOODS, "--results=out", "--workdir=work")
    result = record(tmp_path / "out", "pixel_likelihood")
    names = ["Bernoulli", "quantised normal", "normal of variance 1"]
    assert list(result["summary"]) == names == [fit["system"] for fit in result["fits"]]
    for fit in result["fits"]:
        assert fit["failure"] is None
        assert len(fit["kl_by_look"]) == 2
        assert 0 < fit["squared_error"] < 1
    assert ["pixel_scale" in fit for fit in result["fits"]] == [False, True, False]
    wrong = call("rosca.pixel_likelihood", tmp_path, *LIKELIHOODS, "--looks=3")
    assert "4 steps cannot be split into --looks=3 equal parts" in wrong.stderr
    wrong = call("rosca.pixel_likelihood", tmp_path, "--observations=bernouli")
    assert "Did you mean 'bernoulli'" in wrong.stderr


@pytest.mark.rehearsal
def test_avb_and_its_second_call_that_only_reads(tmp_path):
    widths = ["--units=4", "--critic_filters=1", "--codes=40", "--workdir=work"]
    run("rosca.avb", tmp_path, *LIKELIHOODS, *widths, "--results=out")
    first = record(tmp_path / "out", "avb")
    assert list(first["summary"]) == ["AVB", "AVB, adaptive contrast", "VAE"]
    for fit in first["fits"]:
        assert len(fit["wasserstein_by_look"]) == len(fit["at_step"]) == 2
        assert fit["wasserstein"] == fit["wasserstein_by_look"][-1]
        assert fit["gaussian_part"] > 0
    run("rosca.avb", tmp_path, *LIKELIHOODS, *widths, "--results=again")
    assert record(tmp_path / "again", "avb")["fits"] == first["fits"]


SMALL = ["--mock", "--draws=20", "--workdir=work", "--workers=1"]


@pytest.mark.rehearsal
def test_marginal_kl_and_its_second_call_that_only_reads(tmp_path):
    systems = ["--systems=color_mnist-50,celeba-100,draw_cifar10", "--steps=2,2,1"]
    systems += ["--base_filters=0,0,0", "--examples=0,0,0", "--fit_steps=1"]
    table = ["--lambdas=10", "--lambda_steps=2", "--lambda_units=2"]
    out = run("rosca.marginal_kl", tmp_path, *SMALL, *systems, *table, "--results=out")
    assert "4 of 4, " in out
    first = record(tmp_path / "out", "marginal_kl")
    assert first["mock"]
    digits, faces, drawn = first["fits"]
    methods = ["monte_carlo", "ratio", "mixture_10", "mixture_50", "mixture_100", "maf", "lstm"]
    assert list(digits["measures"]) == methods
    # A recurrent step a latent, of which CelebA's have 100.
    assert list(faces["measures"]) == methods[:-1]
    assert list(drawn["measures"]) == methods[:1]
    assert faces["paper"]["average_kl_per_dimension"] == 1.1237
    for fit in first["fits"]:
        exact = fit["measures"]["monte_carlo"]
        assert exact["examples"] == 64
        assert exact["average_kl"] > exact["floor"]
    # Of DRAW's posterior there is no closed form.
    assert drawn["measures"]["monte_carlo"]["average_kl_se"] > 0
    assert [one["lambda"] for one in first["lambdas"]] == [10]
    again = [*SMALL, *systems, *table, "--results=again"]
    run("rosca.marginal_kl", tmp_path, *again)
    assert record(tmp_path / "again", "marginal_kl")["fits"] == first["fits"]


@pytest.mark.rehearsal
def test_critic_architectures_on_digits_and_invented_faces(tmp_path):
    sizes = ["--steps=2,2", "--base_filters=0,0", "--units=4,4", "--classifier_steps=1"]
    out = run(
        "rosca.critic_architectures",
        tmp_path,
        *SMALL,
        *sizes,
        "--table_3=celeba-100",
        "--results=out",
    )
    assert "2 of 2, " in out
    digits, faces = record(tmp_path / "out", "critic_architectures")["tables"]
    assert (digits["system"], faces["system"]) == ("color_mnist-50", "celeba-100")
    assert [row["layers"] for row in digits["rows"]] == [3, 4, 4, 4]
    assert [row["layers"] for row in faces["rows"]] == [5, 5, 5, 7, 7, 7, 10]
    for one in (digits, faces):
        assert all(row["marginal_kl"] is not None for row in one["rows"])
        assert len({row["average_kl"] for row in one["rows"]}) == 1


@pytest.mark.rehearsal
@pytest.mark.parametrize(
    ("script", "flags", "message"),
    [
        ("marginal_kl", ["--systems=color_mnist"], "no system 'color_mnist'. Choose from"),
        ("marginal_kl", ["--steps=1,2"], "expected as many of each"),
        ("critic_architectures", ["--tables=2,4"], "no table '4'. Choose from 2, 3"),
        ("critic_architectures", ["--tables=2"], "expected as many of each"),
    ],
)
def test_marginal_kl_refuses_before_it_begins(script, flags, message, tmp_path):
    done = call(f"rosca.{script}", tmp_path, *flags)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.rehearsal
def test_vae_gan_hybrids_and_a_report_of_what_is_finished(tmp_path):
    widths = ["base_filters", "critic_filters", "code_units", "head_units", "draw_units"]
    arguments = [f"--{name}=1" for name in widths] + ["--models=vae,dcgan,veegan"]
    arguments += ["--source=digits", "--steps=4", "--looks=2", "--samples=64", "--workdir=work"]
    arguments += ["--measure_steps=2", "--latents=3,2"]
    out = run(
        "rosca.vae_gan_hybrids", tmp_path, *arguments, "--results=out", "--rounds=1", "--workers=2"
    )
    assert "3 of 3, " in out
    first = record(tmp_path / "out", "vae_gan_hybrids")
    # Of Table 5, and of two numbers of latents and two seeds.
    assert first["planned"] == 3 + 9 + 4 + 3 * 2
    fits = {fit["model"]: fit for fit in first["fits"]}
    assert list(fits) == ["vae", "dcgan", "veegan"]
    for name, fit in fits.items():
        assert fit["failure"] is None
        assert len(fit["bound_by_look"]) == (0 if name == "dcgan" else 2)
        assert ("reconstruction" in fit["scores"]) == (name != "dcgan")
        for score in ("negative_wasserstein", "inception_score", "diversity", "kid"):
            value, error = fit["scores"][score]
            assert np.isfinite(value)
            assert error >= 0
            assert first["summary"][name][score]["best"] == value
    assert list(fits["veegan"]["scores"]["objective"]) == ["value", "cross_entropy_estimate"]
    assert set(first["real_data"]["noised"]) < set(first["real_data"]["data"])
    run("rosca.vae_gan_hybrids", tmp_path, *arguments, "--results=again", "--report_only")
    assert record(tmp_path / "again", "vae_gan_hybrids")["fits"] == first["fits"]


@pytest.mark.rehearsal
def test_age_mog25_twice_where_the_second_call_only_measures(tmp_path):
    sizes = ["--batch_size=10000", "--units=8", "--critic_units=8", "--epochs=1", "--seeds=0"]
    arguments = [*sizes, "--systems=age-kl@0.5", "--samples=500", "--results=out"]
    assert "13/13" in run("shen.age_mog25", tmp_path, *arguments)
    first = record(tmp_path / "out", "age_mog25")
    assert 1 <= first["summary"]["age-kl@0.5"]["covered"]["mean"] <= 25
    assert "13/13" not in run("shen.age_mog25", tmp_path, *arguments)
    assert record(tmp_path / "out", "age_mog25")["summary"] == first["summary"]


@pytest.mark.rehearsal
def test_age_stacked_mnist_on_the_embedded_digits(tmp_path):
    sizes = ["--num_examples=256", "--base_filters=1", "--critic_units=2", "--epochs=1"]
    samples = ["--samples=100", "--frechet_samples=100", "--least_accuracy=0.1"]
    systems = "--systems=age-all(d),hinge"
    run(
        "shen.age_stacked_mnist",
        tmp_path,
        *sizes,
        *samples,
        systems,
        "--source=digits",
        "--results=out",
    )
    summary = record(tmp_path / "out", "age_stacked_mnist")["summary"]
    assert list(summary) == ["age-all(d)", "hinge"]
    for row in summary.values():
        assert row["frechet"]["mean"] > 0
        shares = [row[name]["mean"] for name in ("reconstructions", "reconstructed_digits")]
        assert 0 <= shares[0] <= shares[1] <= 1


@pytest.mark.rehearsal
def test_age_mog9_with_a_system_that_breaks(tmp_path):
    sizes = ["--batch_size=10000", "--units=8", "--critic_units=8", "--critic_steps=1"]
    sizes += ["--temperatures=5", "--chains=2", "--leapfrog_steps=1", "--annealed=20"]
    arguments = [*sizes, "--epochs=2", "--seeds=0", "--examples=500", "--results=out"]
    choice = ["--systems=vae,fgan-kl", "--critic_learning_rate=1e30"]
    run("shen.age_mog9", tmp_path, *arguments, *choice)
    result = record(tmp_path / "out", "age_mog9")
    vae, broken = result["fits"]
    assert "was not finite" in broken["failure"]
    assert list(result["summary"]) == ["vae"]
    assert vae["failure"] is None
    assert len(vae["objective_by_epoch"]) == 2
    assert vae["objective"] > vae["cycle_consistency"]
    assert vae["objective"] - vae["objective_without_constant"] == pytest.approx(1.8379, abs=1e-4)
    assert min(vae["objective"], vae["negative_log_likelihood"]) > result["entropy"]
    assert result["entropy"] == pytest.approx(2.19, abs=0.1)


@pytest.mark.rehearsal
def test_photographs_on_invented_images(tmp_path):
    rehearsal = ["--mock", "--samples=4", "--results=out", "--workdir=work"]
    run("shen.age_celeba", tmp_path, *rehearsal)
    result = record(tmp_path / "out", "age_celeba")
    assert result["mock"]
    assert "no FID" in result["features"]
    assert [fit["system"] for fit in result["fits"]] == ["age-all"]
    assert result["fits"][0]["frechet"] > 0
    assert result["fits"][0]["reconstruction_error"] > 0
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"age-all-0"}
    # It is a run as those of `python -m kfdiv.train`, for `--workdir` of `age_latents`.
    workdir = runs.Workdir(tmp_path / "work" / "age-all-0")
    assert workdir.open_run().title == "shen/celeba by all (objective age)"
    assert workdir.load_model().encoder is not None


def test_quickstart_is_short():
    lines = (ROOT / "examples" / "quickstart.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) < 25


@pytest.mark.rehearsal
def test_quickstart(tmp_path):
    run("quickstart", tmp_path)
    assert (tmp_path / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "sampler" / "saved_model.pb").exists()


@pytest.mark.rehearsal
@pytest.mark.parametrize("script", ["shen.age_imagenet", "reports.report"])
def test_a_wrong_flag_is_named(script, tmp_path):
    done = call(script, tmp_path, "--budget=3")
    assert done.returncode == 2
    assert "error: Unknown command line flag 'budget'" in done.stderr
