namespace LlmGateway.Core.Sensitivity;

/// <summary>
/// Makes a verdict out of findings. Each finding with weight w leaves a doubt of 1-w; the doubts multiply, and the score is what is
/// then certain: 1-Π(1-w). So one strong finding is enough, weak ones add up and never get there by repetition of the same, and no
/// finding ever lowers the score.
/// </summary>
internal sealed class SensitivityScore(double threshold, double[] weights, double[] keywordWeights)
{
    /// <summary>Digits that count: 1-0.5*0.6 must be 0.7 whatever the order of the factors.</summary>
    private const int Precision = 6;

    private static readonly SensitivityVerdict Clean = new(0, SecurityLevel.Low, []);

    public SensitivityVerdict Judge(ReadOnlySpan<Finding> findings)
    {
        if (findings.IsEmpty)
        {
            return Clean;
        }

        var doubt = 1.0;
        Span<bool> seen = stackalloc bool[weights.Length];
        seen.Clear();
        foreach (var finding in findings)
        {
            var weight = finding.Kind == FindingKind.Keyword.Index ? keywordWeights[finding.Value] : weights[finding.Kind];
            doubt *= 1 - weight;
            seen[finding.Kind] |= weight > 0;
        }

        List<string> reasons = [];
        foreach (var kind in FindingKind.All)
        {
            if (seen[kind.Index])
            {
                reasons.Add(kind.Name);
            }
        }

        var score = Math.Round(1 - doubt, Precision);
        return new SensitivityVerdict(score, score >= threshold ? SecurityLevel.High : SecurityLevel.Low, reasons);
    }
}
