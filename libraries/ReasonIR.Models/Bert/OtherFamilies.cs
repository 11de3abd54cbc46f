using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Bert;

/// <summary>DistilBERT (Sanh et al. 2019) and ELECTRA (Clark et al. 2020): BERT without token types, and BERT with narrower embeddings.</summary>
public static class OtherFamilies
{
    public static BertFamily DistilBert { get; } = new(
        "distilbert", "DistilBertModel", "distilbert.",
        BertNames.Standard with
        {
            Layers = "transformer.layer",
            Block = new("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
        },
        ["vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "pre_classifier.", "classifier.", "qa_outputs."], ReadDistilBert);

    public static BertFamily Electra { get; } = new(
        "electra", "ElectraModel", "electra.", BertNames.Standard,
        ["discriminator_predictions.", "generator_predictions.", "generator_lm_head.", "classifier.", "qa_outputs."], ReadElectra);

    static BertConfig ReadDistilBert(JsonFile json)
    {
        json.Only("activation", "gelu");
        return new(
            json.Size("vocab_size", 30522), json.Size("dim", 768), json.Size("n_layers", 6), json.Size("n_heads", 12), json.Size("hidden_dim", 3072),
            json.Size("max_position_embeddings", 512), 0, 1e-12, json.Share("dropout", 0.1), json.Share("attention_dropout", 0.1), json.Number("initializer_range") ?? 0.02);
    }

    static BertConfig ReadElectra(JsonFile json)
    {
        json.Only("hidden_act", "gelu");
        json.Only("position_embedding_type", "absolute");
        var hidden = json.Size("hidden_size", 256);
        var config = new BertConfig(
            json.Size("vocab_size", 30522), hidden, json.Size("num_hidden_layers", 12), json.Size("num_attention_heads", 4), json.Size("intermediate_size", 1024),
            json.Size("max_position_embeddings", 512), json.Size("type_vocab_size", 2), json.Positive("layer_norm_eps", 1e-12),
            json.Share("hidden_dropout_prob", 0.1), json.Share("attention_probs_dropout_prob", 0.1), json.Number("initializer_range") ?? 0.02);
        return json.Size("embedding_size", 128) is var width && width != hidden ? config with { EmbeddingSize = width } : config;
    }
}
