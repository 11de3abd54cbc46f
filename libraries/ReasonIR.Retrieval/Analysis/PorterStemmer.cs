namespace ReasonIR.Retrieval.Analysis;

/// <summary>
/// Porter's stemmer (Program 14(3), 1980) with his own later departures, as Lucene's PorterStemFilter applies it: -bli becomes -ble,
/// -logi becomes -log, words of one or two letters stay. It works on UTF-16 units; every unit but a, e, i, o, u (and y behind a
/// consonant) counts as a consonant, so that words with digits, dots or of other scripts are stemmed too. The input is to be in
/// lower case.
/// </summary>
public static class PorterStemmer
{
    /// <summary>The stem of a word.</summary>
    public static string Stem(string word)
    {
        Span<char> buffer = word.Length <= 256 ? stackalloc char[word.Length] : new char[word.Length];
        word.CopyTo(buffer);
        var stem = buffer[..Stem(buffer, word.Length)];
        return stem.SequenceEqual(word) ? word : stem.ToString();
    }

    /// <summary>Stems the first <paramref name="length"/> units in place and returns the stem's length, which is never larger.</summary>
    public static int Stem(Span<char> word, int length)
    {
        if (length <= 2)
            return length;
        var state = new State(word, length);
        state.RemovePluralAndParticiple();
        state.FinalYToI();
        state.ShortenDoubleSuffix();
        state.RemoveSuffixOfTwoParts();
        state.RemoveLastSuffix();
        state.RemoveFinalEAndDoubleL();
        return state.Length;
    }

    ref struct State(Span<char> word, int length)
    {
        readonly Span<char> word = word;

        /// <summary>The length of what stands before the suffix that <see cref="Ends"/> found last.</summary>
        int stem = length;

        public int Length { get; private set; } = length;

        // Step 1a and 1b: caresses → caress, ponies → poni, cats → cat; agreed → agree, hopping → hop, filing → file.
        public void RemovePluralAndParticiple()
        {
            if (word[Length - 1] == 's')
            {
                if (Ends("sses"))
                    Length -= 2;
                else if (Ends("ies"))
                    Replace("i");
                else if (word[Length - 2] != 's')
                    Length--;
            }
            var last = word[Length - 1];
            if (last is not ('d' or 'g'))
                return;
            if (Ends("eed"))
            {
                if (Measure() > 0)
                    Length--;
            }
            else if ((Ends("ed") || Ends("ing")) && StemHasVowel())
            {
                Length = stem;
                if (Ends("at"))
                    Replace("ate");
                else if (Ends("bl"))
                    Replace("ble");
                else if (Ends("iz"))
                    Replace("ize");
                else if (EndsInDoubleConsonant())
                    Length -= word[Length - 1] is 'l' or 's' or 'z' ? 0 : 1;
                else if (Measure() == 1 && IsShort(Length))
                    Replace("e");
            }
        }

        // Step 1c: happy → happi, but sky stays.
        public void FinalYToI()
        {
            if (Ends("y") && StemHasVowel())
                word[Length - 1] = 'i';
        }

        // Step 2: -ization → -ize, -ousness → -ous and the like.
        public void ShortenDoubleSuffix()
        {
            if (Length < 2)
                return;
            switch (word[Length - 2])
            {
                case 'a':
                    _ = Swap("ational", "ate") || Swap("tional", "tion");
                    break;
                case 'c':
                    _ = Swap("enci", "ence") || Swap("anci", "ance");
                    break;
                case 'e':
                    Swap("izer", "ize");
                    break;
                case 'l':
                    _ = Swap("bli", "ble") || Swap("alli", "al") || Swap("entli", "ent") || Swap("eli", "e") || Swap("ousli", "ous");
                    break;
                case 'o':
                    _ = Swap("ization", "ize") || Swap("ation", "ate") || Swap("ator", "ate");
                    break;
                case 's':
                    _ = Swap("alism", "al") || Swap("iveness", "ive") || Swap("fulness", "ful") || Swap("ousness", "ous");
                    break;
                case 't':
                    _ = Swap("aliti", "al") || Swap("iviti", "ive") || Swap("biliti", "ble");
                    break;
                case 'g':
                    Swap("logi", "log");
                    break;
            }
        }

        // Step 3: -icate → -ic, -ful and -ness go.
        public void RemoveSuffixOfTwoParts()
        {
            switch (word[Length - 1])
            {
                case 'e':
                    _ = Swap("icate", "ic") || Swap("ative", "") || Swap("alize", "al");
                    break;
                case 'i':
                    Swap("iciti", "ic");
                    break;
                case 'l':
                    _ = Swap("ical", "ic") || Swap("ful", "");
                    break;
                case 's':
                    Swap("ness", "");
                    break;
            }
        }

        // Step 4: -ance, -ment, -ive … go where at least two syllables stay.
        public void RemoveLastSuffix()
        {
            if (Length < 2)
                return;
            var found = word[Length - 2] switch
            {
                'a' => Ends("al"),
                'c' => Ends("ance") || Ends("ence"),
                'e' => Ends("er"),
                'i' => Ends("ic"),
                'l' => Ends("able") || Ends("ible"),
                // The longest first: -ement before -ment before -ent.
                'n' => Ends("ant") || Ends("ement") || Ends("ment") || Ends("ent"),
                'o' => Ends("ion") ? stem > 0 && word[stem - 1] is 's' or 't' : Ends("ou"),
                's' => Ends("ism"),
                't' => Ends("ate") || Ends("iti"),
                'u' => Ends("ous"),
                'v' => Ends("ive"),
                'z' => Ends("ize"),
                _ => false,
            };
            if (found && Measure() > 1)
                Length = stem;
        }

        // Step 5: probate → probat, controll → control.
        public void RemoveFinalEAndDoubleL()
        {
            var last = word[Length - 1];
            if (last is not ('e' or 'l'))
                return;
            stem = Length;
            var measure = Measure();
            if (last == 'e' && (measure > 1 || measure == 1 && !IsShort(Length - 1)))
                Length--;
            if (word[Length - 1] == 'l' && EndsInDoubleConsonant() && measure > 1)
                Length--;
        }

        readonly bool IsConsonant(int index) => word[index] switch
        {
            'a' or 'e' or 'i' or 'o' or 'u' => false,
            'y' => index == 0 || !IsConsonant(index - 1),
            _ => true,
        };

        /// <summary>Porter's m of the stem: the number of times that a vowel is followed by a consonant.</summary>
        readonly int Measure()
        {
            var measure = 0;
            var afterVowel = false;
            var consonant = false;
            for (var i = 0; i < stem; i++)
            {
                // A y behind a y is a vowel when the first was a consonant, and so on: the flag of the unit before decides.
                consonant = word[i] switch
                {
                    'a' or 'e' or 'i' or 'o' or 'u' => false,
                    'y' => i == 0 || !consonant,
                    _ => true,
                };
                if (consonant && afterVowel)
                    measure++;
                afterVowel = !consonant;
            }
            return measure;
        }

        readonly bool StemHasVowel()
        {
            for (var i = 0; i < stem; i++)
                if (!IsConsonant(i))
                    return true;
            return false;
        }

        readonly bool EndsInDoubleConsonant() =>
            Length >= 2 && word[Length - 1] == word[Length - 2] && IsConsonant(Length - 1);

        /// <summary>Consonant, vowel, consonant other than w, x, y before <paramref name="end"/>: such a stem had an e (hop(e)).</summary>
        readonly bool IsShort(int end) =>
            end >= 3 && IsConsonant(end - 1) && !IsConsonant(end - 2) && IsConsonant(end - 3) && word[end - 1] is not ('w' or 'x' or 'y');

        bool Ends(ReadOnlySpan<char> suffix)
        {
            if (!word[..Length].EndsWith(suffix))
                return false;
            stem = Length - suffix.Length;
            return true;
        }

        /// <summary>True where the suffix is there; it is replaced only behind a stem with m above 0.</summary>
        bool Swap(ReadOnlySpan<char> suffix, ReadOnlySpan<char> replacement)
        {
            if (!Ends(suffix))
                return false;
            if (Measure() > 0)
                Replace(replacement);
            return true;
        }

        void Replace(ReadOnlySpan<char> replacement)
        {
            replacement.CopyTo(word[stem..]);
            Length = stem + replacement.Length;
        }
    }
}
