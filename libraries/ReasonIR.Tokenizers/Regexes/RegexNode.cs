namespace ReasonIR.Tokenizers.Regexes;

/// <summary>A parsed regular expression. Every character in it is a set of code points, with the case folding of <c>(?i)</c> already applied.</summary>
abstract record RegexNode;

/// <summary>One code point out of a set.</summary>
sealed record CharacterNode(CodePointSet Set) : RegexNode;

/// <summary>One after the other; empty: matches the empty text.</summary>
sealed record SequenceNode(IReadOnlyList<RegexNode> Parts) : RegexNode;

/// <summary>The first that matches.</summary>
sealed record ChoiceNode(IReadOnlyList<RegexNode> Choices) : RegexNode;

enum Greed { Greedy, Lazy, Possessive }

/// <summary>From <paramref name="Least"/> to <paramref name="Most"/> times (null: no limit).</summary>
sealed record RepeatNode(RegexNode Part, int Least, int? Most, Greed Greed) : RegexNode;

/// <summary>Plain groups hold together; what a group captures is of no use here.</summary>
enum GroupKind { Plain, Atomic, Ahead, NotAhead, Behind, NotBehind }

sealed record GroupNode(GroupKind Kind, RegexNode Part) : RegexNode;

enum Place { TextStart, TextEnd, TextEndOrLastLine, LineStart, LineEnd, SearchStart, WordEdge, NotWordEdge }

/// <summary>A place between characters.</summary>
sealed record PlaceNode(Place Place) : RegexNode;
