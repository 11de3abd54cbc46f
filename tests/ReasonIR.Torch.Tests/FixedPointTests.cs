using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

/// <summary>bf16 by constant weights in 16-bit fixed point, against f64 and against the products widened to f32.</summary>
public sealed class FixedPointTests : TorchTest
{
    public FixedPointTests()
    {
        try
        {
            TorchRuntime.Bf16 = "fixed";
        }
        catch (Exception error)
        {
            Assert.Skip(error.Message);
        }
    }

    // Tokens, in, out: around tiles (9 x 48), pairs and blocks of the depth (448), few rows and many.
    public static TheoryData<int, int, int> Shapes { get; } = new()
    {
        { 1, 1, 1 }, { 1, 384, 100 }, { 9, 31, 48 }, { 10, 47, 49 }, { 96, 449, 130 }, { 97, 448, 131 }, { 30, 1000, 64 }, { 50, 70, 700 }, { 3, 1536, 50 }, { 20, 4097, 33 }, { 3000, 65, 17 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_error_is_below_that_of_rounding_the_operands_to_bf16(int tokens, int narrow, int wide)
    {
        foreach (var outliers in new[] { false, true })
            foreach (var weights in new[] { bfloat16, float32 })
            {
                Tensor x = randn([tokens, narrow]), w = randn([wide, narrow]) * randn([wide, 1]).exp();
                if (outliers)
                {
                    x.select(1, narrow / 3).mul_(30);
                    x.select(1, narrow - 1).mul_(30);
                }
                Tensor a = x.to(bfloat16), b = w.to(weights), exact = Product(a, b);
                // The residual takes the product's bulk away, so that the result's own rounding does not hide the error.
                var bulk = exact.to(bfloat16);
                var error = Fused.Linear(a, b, residual: -bulk, constant: true).to(float64) + bulk.to(float64) - exact;
                var rounding = Product(a, w.to(bfloat16)) - Product(x, w);
                Assert.InRange(Size(error), 0, 0.7 * Size(rounding) + 1e-6 * Size(exact));
            }
    }

    [Fact]
    public void The_largest_sums_do_not_overflow()
    {
        foreach (var depth in new[] { 1, 2, 447, 448, 449, 896, 5000 })
            foreach (var sign in new[] { 1f, -1f })
            {
                // The largest integer that a row holds everywhere, 255 * 2^6, against weights whose magnitudes add up to the bound.
                Tensor x = full([10, depth], 255f / 128, bfloat16), w = full([50, depth], sign, bfloat16);
                var y = Fused.Linear(x, w, constant: true).to(float64);
                Assert.InRange(Difference(y, Product(x, w)), 0, 255.0 / 128 * depth * 0.006);
                w.select(1, 0).fill_(sign * 3000);
                Assert.InRange(Difference(Fused.Linear(x, w, constant: true).to(float64), Product(x, w)), 0, 255.0 / 128 * (depth + 3000) * 0.006);
            }
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(Gate.Gelu, false)]
    [InlineData(Gate.Gelu, true)]
    [InlineData(Gate.GeluTanh, true)]
    [InlineData(Gate.Silu, true)]
    public void What_follows_the_product_is_the_composed_one(Gate? activation, bool added)
    {
        foreach (var (tokens, narrow, wide) in new[] { (5, 7, 130), (96, 449, 50), (200, 1500, 70) })
        {
            Tensor x = randn([tokens, narrow], bfloat16), w = (randn([wide, narrow]) / Math.Sqrt(narrow)).to(bfloat16), b = randn([wide], bfloat16);
            var r = added ? randn([tokens, wide], bfloat16) : null;
            var expected = Composed.Linear(x.@double(), w.@double(), b.@double(), activation, r?.@double());
            Assert.InRange(Difference(Fused.Linear(x, w, b, activation, r, constant: true), expected), 0, 0.01 * (1 + expected.abs().max().item<double>()));
        }
    }

    [Fact]
    public void Rows_that_are_not_finite_are_those_of_the_products_in_f32()
    {
        Tensor x = randn([40, 500], bfloat16), w = randn([70, 500], bfloat16), b = randn([70], bfloat16), r = randn([40, 70], bfloat16);
        var clean = Fused.Linear(x, w, b, Gate.Gelu, r, constant: true);
        (int Row, int Column, double Value)[] places = [(0, 3, double.NaN), (7, 499, double.PositiveInfinity), (8, 0, double.NegativeInfinity), (8, 1, double.PositiveInfinity), (39, 460, double.NegativeInfinity)];
        foreach (var (row, column, value) in places)
            x[row].narrow(0, column, 1).fill_(value);
        var mixed = Fused.Linear(x, w, b, Gate.Gelu, r, constant: true);
        TorchRuntime.Bf16 = "widened";
        var widened = Fused.Linear(x, w, b, Gate.Gelu, r, constant: true);
        TorchRuntime.Bf16 = "fixed";
        for (var row = 0; row < 40; row++)
            Assert.Equal(Bits((places.Any(p => p.Row == row) ? widened : clean)[row]), Bits(mixed[row]));
        Assert.DoesNotContain(places, p => mixed[p.Row].isfinite().all().item<bool>());
    }

    [Fact]
    public void Weights_that_are_not_finite_are_multiplied_in_f32()
    {
        Tensor x = randn([20, 100], bfloat16), w = randn([30, 100], bfloat16);
        w[4].narrow(0, 5, 1).fill_(double.NaN);
        w[9].narrow(0, 99, 1).fill_(double.PositiveInfinity);
        var y = Bits(Fused.Linear(x, w, constant: true));
        TorchRuntime.Bf16 = "widened";
        Assert.Equal(Bits(Fused.Linear(x, w)), y);
    }

    [Fact]
    public void Rows_and_columns_of_zeros_and_of_tiny_numbers_give_what_is_added()
    {
        Tensor x = randn([12, 480], bfloat16), w = randn([50, 480], bfloat16), b = randn([50], bfloat16);
        x[3].zero_();
        x[5].fill_(1e-38);
        w[7].zero_();
        w[8].fill_(-1e-38);
        var y = Fused.Linear(x, w, b, constant: true);
        foreach (var row in new[] { 3, 5 })
            Assert.Equal(Bits(b), Bits(y[row]));
        foreach (var column in new[] { 7, 8 })
            Assert.Equal(0, Difference(y.select(1, column), b[column].expand(12)));
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_or_on_the_threads()
    {
        Tensor x = randn([700, 900], bfloat16), w = randn([333, 900], bfloat16), b = randn([333], bfloat16);
        var all = Fused.Linear(x, w, b, constant: true);
        foreach (var (start, length) in new[] { (0, 1), (5, 20), (100, 96), (100, 97), (13, 600) })
            Assert.Equal(Bits(all.narrow(0, start, length)), Bits(Fused.Linear(x.narrow(0, start, length), w, b, constant: true)));
        var threads = get_num_threads();
        foreach (var n in new[] { 1, 2, 5 })
        {
            set_num_threads(n);
            Assert.Equal(Bits(all), Bits(Fused.Linear(x, w, b, constant: true)));
        }
        set_num_threads(threads);
    }

    [Fact]
    public void A_weight_that_changes_is_taken_anew_and_one_that_is_trained_is_multiplied_in_f32()
    {
        Tensor x = randn([20, 100], bfloat16), w = randn([30, 100], bfloat16), other = randn([30, 100], bfloat16);
        var first = Bits(Fused.Linear(x, w, constant: true));
        w.copy_(other);
        Assert.Equal(Bits(Fused.Linear(x, other, constant: true)), Bits(Fused.Linear(x, w, constant: true)));
        Assert.NotEqual(first, Bits(Fused.Linear(x, w, constant: true)));
        w.bytes.Clear();
        TorchRuntime.Written(w);
        Assert.Equal(0, Difference(Fused.Linear(x, w, constant: true), zeros([20, 30])));

        using var on = enable_grad();
        var fixedPoint = Bits(Fused.Linear(x, other, constant: true));
        var trained = other.detach().clone().requires_grad_();
        var y = Bits(Fused.Linear(x, trained, constant: true).detach());
        Assert.NotEqual(fixedPoint, y);
        TorchRuntime.Bf16 = "widened";
        Assert.Equal(Bits(Fused.Linear(x, other)), y);
    }

    static Tensor Product(Tensor x, Tensor w) => x.to(float64).matmul(w.to(float64).t());

    static double Size(Tensor x) => Math.Sqrt(x.pow(2).mean().item<double>());

    static ushort[] Bits(Tensor x) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(x.contiguous().bytes).ToArray();
}
