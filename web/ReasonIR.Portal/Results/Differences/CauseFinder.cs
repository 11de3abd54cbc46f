using ReasonIR.Contracts.Results;

namespace ReasonIR.Portal.Results.Differences;

/// <summary>
/// Names what two results did differently and measures each cause by other results: one that differs from A in this cause alone, or from
/// B alone, shows what the cause is worth where the other decisions are A's, or B's.
/// </summary>
public static class CauseFinder
{
    /// <summary>The causes, the largest first: by measured effect, else by the usual one.</summary>
    /// <param name="others">Results over the same queries that may be between the two.</param>
    public static IReadOnlyList<CauseInfo> Find(ResultInfo a, ResultInfo b, string measure, IReadOnlyList<ResultInfo> others)
    {
        var (first, second) = (ProvenanceFields.Of(a.Provenance), ProvenanceFields.Of(b.Provenance));
        var causes = CauseRule.Differing(first, second);
        var total = a.Measures[measure] - b.Measures[measure];
        var between = others.Where(other => other.Id != a.Id && other.Id != b.Id && other.Measures.ContainsKey(measure) && other.Queries == a.Queries)
            .OrderByDescending(other => other.Id).Select(other => (Result: other, Fields: ProvenanceFields.Of(other.Provenance))).ToList();
        var real = causes.Count(cause => cause.Rule.Usual > CauseRule.Negligible);
        return [.. causes.Select(cause => (Info: Describe(cause.Rule, cause.Fields), cause.Rule.Usual)).OrderByDescending(cause => Math.Abs(cause.Info.Effect ?? cause.Usual)).Select(cause => cause.Info)];

        CauseInfo Describe(CauseRule rule, IReadOnlyList<string> fields)
        {
            var sentence = CauseWords.Sentence(rule.Name, fields, first, second);
            if (real == 1 && rule.Usual > CauseRule.Negligible)
                return new(rule.Name, sentence, total, total == 0 ? null : 1, "nothing else of weight differs, so the whole difference is its", [a.Id, b.Id], []);
            // A with this cause as in B, and B with it as in A.
            var fromA = Alone(first, second, rule.Name, causes);
            var fromB = Alone(second, first, rule.Name, causes);
            var effects = new List<double>();
            var shown = new List<long>();
            if (fromA is not null)
            {
                effects.Add(a.Measures[measure] - fromA.Measures[measure]);
                shown.AddRange([a.Id, fromA.Id]);
            }
            if (fromB is not null)
            {
                effects.Add(fromB.Measures[measure] - b.Measures[measure]);
                shown.AddRange([fromB.Id, b.Id]);
            }
            VariantInfo?[] missing = effects.Count > 0 ? [] : [Variants.Of("A", a, b, rule.Name), Variants.Of("B", b, a, rule.Name)];
            double? effect = effects.Count == 0 ? null : effects.Average();
            var basis = effects.Count switch
            {
                0 when missing.All(variant => variant is null) => "not measured, and no evaluation alone can change it",
                0 => "not measured: ordered by what it usually does",
                1 => fromA is not null ? "measured: A with only this as in B" : "measured: B with only this as in A",
                _ => "measured on both sides: A with only this as in B, and B with only this as in A; the mean",
            };
            return new(rule.Name, sentence, effect, effect is null || total == 0 ? null : effect / total, basis, [.. shown.Distinct()], [.. missing.OfType<VariantInfo>()]);
        }

        // The newest result that differs from one side in this cause alone and there agrees with the other.
        ResultInfo? Alone(
            IReadOnlyDictionary<string, string?> near, IReadOnlyDictionary<string, string?> far, string cause, IReadOnlyList<(CauseRule Rule, IReadOnlyList<string> Fields)> all)
        {
            foreach (var (result, fields) in between)
            {
                var toNear = CauseRule.Differing(near, fields).Where(found => found.Rule.Usual > CauseRule.Negligible).ToList();
                if (toNear.Count == 1 && toNear[0].Rule.Name == cause
                    && !CauseRule.Differing(fields, far).Any(found => found.Rule.Name == cause))
                    return result;
            }
            return null;
        }
    }
}
