using ReasonIR.Models.Lora;
using Xunit;

namespace ReasonIR.Models.Tests.Lora;

/// <summary>Which modules PEFT's settings mean; the cases follow its own rules (tuners_utils.check_target_module_exists).</summary>
public sealed class LoraTargetsTests
{
    const string Query = "model.layers.11.self_attn.q_proj";

    [Theory]
    [InlineData("q_proj", true)]
    [InlineData("self_attn.q_proj", true)]
    [InlineData("model.layers.11.self_attn.q_proj", true)]
    [InlineData("proj", false)]
    [InlineData("k_proj", false)]
    [InlineData("layers.1.self_attn.q_proj", false)]
    public void Names_are_whole_or_last_parts(string name, bool meant) => Assert.Equal(meant, LoraTargets.Of(name).Contains(Query));

    [Theory]
    [InlineData(@".*self_attn\.(q|v)_proj", true)]
    [InlineData(@"model\.layers\.\d\..*", false)]
    [InlineData(@"q_proj", false)]
    [InlineData(@"nothing|.*q_proj", true)]
    [InlineData("all-linear", true)]
    public void A_pattern_covers_the_whole_name(string pattern, bool meant) => Assert.Equal(meant, new LoraTargets { Pattern = pattern }.Contains(Query));

    [Fact]
    public void Exclusion_and_layers_narrow_the_choice()
    {
        Assert.False((LoraTargets.Of("q_proj") with { Excluded = ["q_proj"] }).Contains(Query));
        Assert.False((LoraTargets.All with { ExcludedPattern = @".*\.11\..*" }).Contains(Query));
        Assert.True((LoraTargets.Of("q_proj") with { Layers = [3, 11] }).Contains(Query));
        Assert.False((LoraTargets.Of("q_proj") with { Layers = [1] }).Contains(Query));
        Assert.True((LoraTargets.Of("q_proj") with { Layers = [11], LayersPattern = ["layers"] }).Contains(Query));
        Assert.False((LoraTargets.Of("q_proj") with { Layers = [11], LayersPattern = ["blocks"] }).Contains(Query));
        // The number needs a list with a parent before it, and a name given in full is not narrowed.
        Assert.False((LoraTargets.Of("q_proj") with { Layers = [11] }).Contains("layers.11.self_attn.q_proj"));
        Assert.True((LoraTargets.Of(Query) with { Layers = [1] }).Contains(Query));
    }

    [Fact]
    public void A_broken_or_endless_pattern_is_an_error()
    {
        Assert.Throws<InvalidDataException>(() => new LoraTargets { Pattern = "(" }.Contains(Query));
        Assert.Throws<InvalidDataException>(() => new LoraTargets { Pattern = "(a+)+b" }.Contains(new string('a', 60)));
    }

    [Fact]
    public void Ranks_and_factors_may_differ_by_module()
    {
        var config = new LoraConfig
        {
            Rank = 8, Alpha = 16, Targets = LoraTargets.All,
            RankPattern = [KeyValuePair.Create("down_proj", 4.0), KeyValuePair.Create(@"layers\.11\..*", 2.0)],
            AlphaPattern = [KeyValuePair.Create(@"self_attn\.q_proj", 6.0)],
        };
        Assert.Equal((2, 3.0), (config.RankOf(Query), config.ScaleOf(Query)));
        Assert.Equal((4, 4.0), (config.RankOf("layers.11.mlp.down_proj"), config.ScaleOf("layers.11.mlp.down_proj")));
        Assert.Equal((8, 2.0), (config.RankOf("layers.1.mlp.up_proj"), config.ScaleOf("layers.1.mlp.up_proj")));
        Assert.Equal(6 / Math.Sqrt(2), (config with { RankStabilized = true }).ScaleOf(Query));
    }
}
