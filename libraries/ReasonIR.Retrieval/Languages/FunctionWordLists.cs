namespace ReasonIR.Retrieval.Languages;

/// <summary>The commonest words without a meaning of their own, by language; none longer than eight letters.</summary>
static class FunctionWordLists
{
    public static IReadOnlyDictionary<string, string> ByLanguage { get; } = new Dictionary<string, string>
    {
        ["en"] = "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other some could these two may then do first any my now such like our over me even most made after also did many before must through back where much your way well down should because each just those how too very still own here between both life being under never day same another know while last might us come since against go came used take three during upon it's",
        ["de"] = "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei kann wenn ich wir unter gegen vom diese dieser dieses können schon seine ihre ihr zwischen ohne sehr",
        ["fr"] = "le la les de des du et en un une est que qui dans pour par sur au aux pas plus ce cette ces se il elle ils elles ne avec son sa ses ou mais comme être sont été nous vous leur leurs on y à même peut entre sans deux aussi fait où si tout tous sous après était d l qu c n s",
        ["es"] = "el la los las de del y en un una que es por para con no se su sus al lo como más pero o este esta estos estas ese esa fue son ha han entre sobre también sin hasta desde cuando muy ya si porque donde ser era hay todo todos otra otro qué nos le les me mi",
        ["it"] = "il lo la i gli le di del della dei delle e in un una uno che è per con non si da dal dalla al alla sono come più ma anche nel nella nei o se su sul sulla questo questa ha essere stato era dopo tra fra quando dove loro cui ci suo sua molto tutto tutti ed ad",
        ["pt"] = "o a os as de do da dos das e em no na nos nas um uma que é por para com não se ao à sua seu como mais mas ou foi são também pelo pela entre ser está até sem quando muito já isso este esta esse essa ele ela eles tem há sobre depois onde porque",
        ["nl"] = "de het een van en in is dat op te zijn met voor niet aan er om ook als maar bij of uit door nog naar heeft over hij ze werd dan worden wordt deze dit die kan meer tot was hun haar geen tussen onder na zo al veel hebben had wel moet tegen",
        ["sv"] = "och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan när år under också efter eller nu sin där vid mot ska skulle kommer ut får finns vara hade alla andra mycket än här då hur mellan blir denna detta",
        ["da"] = "og i at det er en til af på for med som den de ikke der et har om var han men fra så vi jeg kan sig ved efter også eller nu når hvor havde blev skal ud man over være mod mellem denne dette disse blive hun sin sine meget ville været op hvis",
        ["fi"] = "ja on ei se että oli hän mutta myös kuin ovat joka niin tai mukaan sen kun ole olla jos vain tämä ne nyt vielä hänen sekä jo kanssa jotka sitä mitä siitä ollut voi tässä tämän niiden näin kaikki koska eli jälkeen ennen",
        ["pl"] = "i w na z się nie do to że jest o jak po co ale za od przez dla są jego tym tak był ma już także czy tylko może oraz być ich który która które było tego przy jej pod bardzo jako między będzie lub gdy te ten ta",
        ["cs"] = "a v na se je že to s z do o i k jako ale za by po od pro jeho jsou jsem byl bylo byla který která které při také nebo být už jen tak ve aby podle před mezi až více však může než roku své svého tím",
        ["tr"] = "ve bir bu da de için ile olarak çok daha olan gibi kadar ne en o var sonra ya ama her değil mi ise olduğu göre diye ki şey bunu hem ancak veya iki içinde üzerine aynı nasıl neden",
        ["ro"] = "și în de la cu pe a al ale care nu este o un din să că pentru mai se sunt fi au ce prin lui sau dar către după fost ca cel cea cei avea avut am între acest această acestea până foarte când",
    };
}
