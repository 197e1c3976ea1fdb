package wire

import (
	"strconv"
	"strings"
	"unicode"
)

func formatInteger(value int64) string { return strconv.FormatInt(value, 10) }

// strictScalar converts a value for a strict contract: only decimals may be given as text.
func (b *binder) strictScalar(message model, field *fieldPlan, n *node) {
	if n.kind == kindNull && !field.repeated {
		message.clear(field)
		return
	}
	ok := false
	switch {
	case field.kind == valueText && n.kind == kindString:
		ok = true
		put(message, field, n.text)
	case (field.kind == valueGUID || field.kind == valueDateTime) && n.kind == kindString:
		ok = b.setFormatted(message, field, n.text)
	case field.kind == valueBool && n.kind == kindBool:
		ok = true
		put(message, field, n.text == "true")
	case (field.kind == valueInt32 || field.kind == valueInt64) && n.kind == kindNumber:
		var value int64
		if value, ok = jsonInteger(n.text, field.bits()); ok {
			setInteger(message, field, value)
		}
	case field.kind == valueDecimal && (n.kind == kindNumber || n.kind == kindString):
		var text string
		if text, ok = parseDecimal(n.text, styleExponent); ok {
			putDecimal(message, field, text)
		}
	}
	if !ok {
		b.invalid(n.shown())
	}
}

// formScalar converts a text as the framework's model binders do. A blank text is null.
func (b *binder) formScalar(message model, field *fieldPlan, index int32) {
	text := b.tree.nodes[index].text
	if strings.TrimFunc(text, unicode.IsSpace) == "" {
		b.netNull(message, field)
		return
	}
	ok := false
	switch field.kind {
	case valueText:
		ok = true
		put(message, field, text)
	case valueBool:
		var value bool
		if value, ok = parseNetBool(text); ok {
			put(message, field, value)
		}
	case valueInt32, valueInt64:
		var value int64
		if value, ok = ConvertInteger(text, field.bits()); ok {
			setInteger(message, field, value)
		}
	case valueEnum:
		var value int64
		if value, ok = field.enum.parse(strings.TrimSpace(text)); ok {
			putEnum(message, field, value)
		}
	case valueDecimal:
		var value string
		if value, ok = parseDecimal(strings.TrimSpace(text), styleSpace|styleExponent); ok {
			putDecimal(message, field, value)
		}
	case valueGUID, valueDateTime:
		ok = b.setFormatted(message, field, strings.TrimSpace(text))
	}
	if ok {
		return
	}
	if attempted, several := b.tree.attempts[index]; several {
		text = attempted
	}
	b.invalid(text)
}

// xmlScalar converts the text of an element as XmlConvert does.
func (b *binder) xmlScalar(message model, field *fieldPlan, text string) {
	ok := false
	switch field.kind {
	case valueText:
		ok = true
		put(message, field, text)
	case valueBool:
		var value bool
		if value, ok = parseXMLBool(text); ok {
			put(message, field, value)
		}
	case valueInt32, valueInt64:
		var value int64
		if value, ok = parseInteger(text, field.bits()); ok {
			setInteger(message, field, value)
		}
	case valueEnum:
		var value int64
		if value, ok = field.enum.byName[text]; ok {
			putEnum(message, field, value)
		}
	case valueDecimal:
		var value string
		if value, ok = parseDecimal(text, styleSpace); ok {
			putDecimal(message, field, value)
		}
	case valueGUID, valueDateTime:
		ok = b.setFormatted(message, field, trimNumber(text))
	}
	if !ok {
		b.invalid(text)
	}
}

// parseXMLBool parses a text as .NET's XmlConvert.ToBoolean does.
func parseXMLBool(text string) (value, ok bool) {
	switch strings.Trim(text, " \t\n\r") {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	default:
		return false, false
	}
}

// emptyGUID is .NET's Guid.Empty.
const emptyGUID = "00000000-0000-0000-0000-000000000000"

// parseGUID parses a GUID with or without dashes, optionally in braces or parentheses, and returns
// it in lower case with dashes.
func parseGUID(text string) (string, bool) {
	if len(text) > 2 && (text[0] == '{' && text[len(text)-1] == '}' || text[0] == '(' && text[len(text)-1] == ')') {
		text = text[1 : len(text)-1]
		if len(text) != len(emptyGUID) {
			return "", false
		}
	}
	if len(text) == 32 {
		text = text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
	}
	if len(text) != len(emptyGUID) {
		return "", false
	}
	for i := range len(text) {
		_, hex := hexDigit(text[i])
		if dash := emptyGUID[i] == '-'; dash && text[i] != '-' || !dash && !hex {
			return "", false
		}
	}
	return fold(text), true
}

// emptyDateTime is .NET's DateTime.MinValue.
const emptyDateTime = "0001-01-01T00:00:00"

// parseDateTime parses an ISO 8601 date, or a date and time with up to seven fraction digits and an
// optional zone. It returns .NET's form, with a time and without trailing zeros in the fraction.
func parseDateTime(text string) (string, bool) {
	if len(text) == len("2006-01-02") {
		text += "T00:00:00"
	}
	if len(text) < len(emptyDateTime) || !matches(text[:len(emptyDateTime)], "9999-99-99T99:99:99") || !isCalendar(text) {
		return "", false
	}
	seconds, rest := text[:len(emptyDateTime)], text[len(emptyDateTime):]
	fraction := ""
	if strings.HasPrefix(rest, ".") {
		fraction, rest = digits(rest[1:])
		if fraction == "" || len(fraction) > 7 {
			return "", false
		}
		if fraction[len(fraction)-1] != '0' { // it is in .NET's form already
			return text, isZone(rest)
		}
		if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
			fraction = "." + fraction
		}
	}
	return seconds + fraction + rest, isZone(rest)
}

// isZone reports whether a text is a valid zone: empty, Z, or an offset of at most 14 hours.
func isZone(text string) bool {
	if text == "" || text == "Z" {
		return true
	}
	offset := text[1:]
	return (text[0] == '+' || text[0] == '-') && matches(offset, "99:99") && offset <= "14:00" && offset[3] < '6'
}

// matches reports whether text matches pattern, in which 9 stands for any digit.
func matches(text, pattern string) bool {
	if len(text) != len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] == '9' && (text[i] < '0' || text[i] > '9') || pattern[i] != '9' && text[i] != pattern[i] {
			return false
		}
	}
	return true
}

// isCalendar reports whether the numbers of a date and time are in range.
func isCalendar(text string) bool {
	number := func(from, to int) (value int) {
		for _, digit := range []byte(text[from:to]) {
			value = 10*value + int(digit-'0')
		}
		return value
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if year < 1 || month < 1 || month > 12 || day < 1 {
		return false
	}
	most := days[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		most++
	}
	return day <= most && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60
}
