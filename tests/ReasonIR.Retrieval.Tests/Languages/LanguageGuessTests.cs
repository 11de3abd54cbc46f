using System.Text.Json;
using ReasonIR.Retrieval.Languages;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.Languages;

public sealed class LanguageGuessTests
{
    [Theory]
    [InlineData("en", "The kettle was full, and it took a while before the water in it began to boil and the lid rattled.")]
    [InlineData("de", "Der Kessel war voll, und es dauerte eine Weile, bis das Wasser in ihm kochte und der Deckel auf dem Rand klapperte.")]
    [InlineData("fr", "La bouilloire était pleine et il a fallu un moment avant que l'eau ne se mette à bouillir et que le couvercle tremble sur le bord.")]
    [InlineData("es", "La tetera estaba llena y pasó un rato hasta que el agua empezó a hervir y la tapa se movía por el vapor que salía de ella.")]
    [InlineData("it", "Il bollitore era pieno e ci volle un po' di tempo prima che l'acqua cominciasse a bollire e che il coperchio si muovesse con il vapore.")]
    [InlineData("pt", "A chaleira estava cheia e demorou um pouco até que a água começasse a ferver e a tampa se movesse com o vapor que saía dela.")]
    [InlineData("nl", "De ketel was vol en het duurde een tijdje voordat het water begon te koken en het deksel op de rand van de pot ging bewegen.")]
    [InlineData("sv", "Kitteln var full och det tog en stund innan vattnet i den började koka och locket på kanten av den rörde sig för att det var ånga.")]
    [InlineData("pl", "Czajnik był pełny i trochę to trwało, zanim woda w nim zaczęła się gotować, a pokrywka na nim drżała, bo para nie miała jak się wydostać.")]
    [InlineData("fi", "Kattila oli täynnä ja kesti hetken ennen kuin vesi alkoi kiehua, mutta kun se oli kuuma, niin kansi liikkui ja höyry tuli ulos.")]
    [InlineData("ru", "Чайник был полон, и прошло некоторое время, прежде чем вода закипела.")]
    [InlineData("uk", "Чайник був повний, і минув деякий час, перш ніж вода в ньому закипіла.")]
    [InlineData("el", "Ο βραστήρας ήταν γεμάτος και πέρασε λίγη ώρα μέχρι να βράσει το νερό.")]
    [InlineData("ja", "やかんはいっぱいで、水が沸くまで少し時間がかかりました。")]
    [InlineData("zh", "水壶是满的，过了一会儿水才开始沸腾。")]
    [InlineData("ko", "주전자가 가득 차 있어서 물이 끓을 때까지 시간이 걸렸다.")]
    [InlineData("ar", "كان الإبريق ممتلئا واستغرق الأمر بعض الوقت حتى بدأ الماء يغلي.")]
    public void Prose_is_told_by_script_or_function_words(string expected, string text) => Assert.Equal(expected, LanguageGuess.Of(text));

    [Theory]
    [InlineData("")]
    [InlineData("Boiling kettle")]
    [InlineData("x = 3 y + 4 z; f(x) = sin x / cos x")]
    [InlineData("kettle lid steam pressure boiling temperature")]
    public void What_cannot_be_told_is_unknown(string text) => Assert.Equal(LanguageGuess.Unknown, LanguageGuess.Of(text));

    [Theory]
    [InlineData("scifact")]
    [InlineData("theoremqa")]
    [InlineData("stackexchange-answers")]
    public void Nearly_all_documents_of_English_collections_are_English(string collection)
    {
        var documents = File.ReadLines(SharedData.Require($"data/{collection}/corpus.jsonl")).Take(1000)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("text").GetString()!).Where(text => text.Length > 200).ToList();
        var others = documents.CountBy(text => LanguageGuess.Of(text)).Where(pair => pair.Key != "en").ToList();
        Assert.True(others.Sum(pair => pair.Value) <= 0.02 * documents.Count, string.Join(", ", others));
    }
}
