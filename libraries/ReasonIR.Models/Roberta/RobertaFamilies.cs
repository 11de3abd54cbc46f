using ReasonIR.Models.Bert;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Roberta;

/// <summary>
/// RoBERTa (Liu et al. 2019) and the models stored as it is: BERT whose positions begin behind the padding token's id. The token types
/// of its tokenizers are all 0.
/// </summary>
public static class RobertaFamilies
{
    public static BertFamily Roberta { get; } = Family("roberta", "RobertaModel", vocabulary: 50265);

    public static BertFamily XlmRoberta { get; } = Family("xlm-roberta", "XLMRobertaModel", vocabulary: 30522);

    public static BertFamily Camembert { get; } = Family("camembert", "CamembertModel", vocabulary: 30522);

    static BertFamily Family(string type, string architecture, int vocabulary) => new(
        type, architecture, "roberta.", BertNames.Standard, ["lm_head.", "classifier.", "qa_outputs."],
        json => BertConfig.ReadShared(json) with { VocabularySize = json.Size("vocab_size", vocabulary), PositionPadding = Padding(json) });

    static int Padding(JsonFile json) =>
        json.Integer("pad_token_id") switch
        {
            null => 1,
            >= 0 and var id => id,
            var id => throw json.Bad("pad_token_id", $"{id} is no token: the positions depend on it"),
        };
}
