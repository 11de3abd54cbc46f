using System.Text.Json;
using ReasonIR.Contracts.Runs;
using Xunit;

namespace ReasonIR.Contracts.Tests;

/// <summary>The page that says what a recipe may hold.</summary>
public sealed class RecipeFieldsTests
{
    [Fact]
    public void Every_field_is_documented_once_and_no_other()
    {
        var page = File.ReadAllText(Path.Combine(RecipeFilesTests.Root(), "docs", "training.md"));
        var rows = page[page.IndexOf("## Every field", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')).ToList();
        var documented = rows.Select(row => row[1].Trim().Trim('`')).ToList();
        Assert.Equal(Fields(typeof(TrainSpec), "").Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.False(string.IsNullOrWhiteSpace(row[2]), $"{row[1]} has no default."));
    }

    /// <summary>The fields that hold a value, with their sections; entries of a list as <c>name[]</c>.</summary>
    static IEnumerable<string> Fields(Type record, string path)
    {
        foreach (var parameter in record.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!.GetParameters())
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!);
            var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
            var item = type != typeof(string) && type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
            var inner = item ?? type;
            if (inner.Namespace?.StartsWith("ReasonIR.", StringComparison.Ordinal) != true)
                yield return path + name;
            else
                foreach (var field in Fields(inner, $"{path}{name}{(item is null ? "" : "[]")}."))
                    yield return field;
        }
    }
}
