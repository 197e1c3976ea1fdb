// Package wire turns the bodies of the vendors' REST contracts into proto messages and back.
//
// A body (JSON, XML or a form) is read into one small tree, and the tree is bound to a message by the rules of the framework
// behind the contract. Names and quirks come from the proto options of continuo.options.v1 and from nowhere else; they are
// compiled once for each message type and kept.
//
// The rules are those of the published sources of the frameworks, checked against recorded requests:
//
//   - ASP.NET JSON is Json.NET 6 under Web API 5.2.3: names match exactly, then ignoring case; unknown members are ignored;
//     the last duplicate of a scalar wins, duplicate objects merge, duplicate lists append. Single quotes, comments, unquoted
//     names, trailing commas, raw line breaks in strings, hexadecimal and octal integers are read. A text converts to a
//     number, a number or bool to a text, as .NET prints it. A float token is no integer. What follows the first value is
//     not looked at.
//   - ASP.NET XML is an XmlDictionaryReader under XmlSerializer or DataContractSerializer: no DOCTYPE, no processing
//     instruction, the five predefined entities; a numeric reference may name any UTF-16 unit. XmlSerializer looks at xsi:nil on nullable value types alone and lets any
//     order, unknown elements and stray text pass. DataContractSerializer wants its namespace and takes no stray text; the
//     original loses elements that are out of alphabetical order, we take any order. In both the first duplicate wins and
//     lists append.
//   - ASP.NET forms are Web API's jQuery keys (`a[b][0][c]` is `a.b[0].c`) under its model binders: names ignore case, the
//     first duplicate wins, a blank value is null, a list is read from index 0 up to the first gap or by the names in
//     `list.index`.
//   - After binding, [Required] and [StringLength] run over the model, lengths in UTF-16 units. An error about a member keeps
//     the rules of the same member silent.
//   - FRAMEWORK_STRICT_JSON is RFC 8259 to the letter: exact names, unknown members ignored, no conversions but of texts that hold a
//     decimal.
//
// Where we differ from the framework on purpose: a thousands separator in a text is refused; an absent list of an
// XmlSerializer model stays absent instead of becoming empty; a null item of a list is an item with nothing set; a list
// cannot hold more than the body's limits. A decimal is read with the digits it was written with, within the range of
// System.Decimal, and is never a float. Characters that XML 1.0 forbids are written as U+FFFD.
package wire
