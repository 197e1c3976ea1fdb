// Package wire converts the bodies of the vendors' REST contracts to proto messages and back.
//
// A body (JSON, XML or a form) is parsed into a small tree, which is then bound to a message by the rules of the contract's
// framework. Names and special cases come only from the proto options of continuo.options.v1, which are compiled once per
// message type.
//
// The rules follow the published sources of the frameworks and were checked against recorded requests:
//
//   - ASP.NET JSON is Json.NET 6 under Web API 5.2.3. Names match exactly, or else ignoring case, and unknown members are
//     ignored. Of duplicates the last scalar wins, objects merge, and lists append. Single quotes, comments, unquoted names,
//     trailing commas, raw line breaks in strings, and hexadecimal and octal integers are accepted. Texts convert to numbers,
//     and numbers and bools to texts as .NET prints them. A float token is not an integer. Text after the first value is
//     ignored.
//   - ASP.NET XML is an XmlDictionaryReader under XmlSerializer or DataContractSerializer, without DOCTYPE and processing
//     instructions, and with the five predefined entities. A numeric reference may be any UTF-16 unit. XmlSerializer honours
//     xsi:nil on nullable value types only, and accepts any order, unknown elements and stray text. DataContractSerializer
//     requires its namespace and rejects stray text. The original drops elements that are not in alphabetical order; we
//     accept any order. In both, the first duplicate wins and lists append.
//   - ASP.NET forms are Web API's jQuery keys (`a[b][0][c]` is `a.b[0].c`) under its model binders. Names ignore case, the
//     first duplicate wins, and a blank value is null. A list is read from index 0 up to the first gap, or by the names in
//     `list.index`.
//   - After binding, [Required] and [StringLength] are checked, with lengths in UTF-16 units. A member with a binding error
//     is not checked.
//   - FRAMEWORK_STRICT_JSON follows RFC 8259 strictly: exact names, unknown members ignored, and no conversions except from
//     texts to decimals.
//
// We deliberately differ from the frameworks in a few points:
//
//   - A thousands separator in a text is rejected.
//   - An absent list of an XmlSerializer model stays absent instead of becoming empty.
//   - A null item of a list becomes an empty item.
//   - The size of lists is bounded by the limits of the body.
//   - A decimal keeps its digits as written, within the range of System.Decimal, and is never converted to a float.
//   - Characters that XML 1.0 forbids are written as U+FFFD.
package wire
