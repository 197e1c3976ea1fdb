package wire

import (
	"math"
	"strconv"
	"strings"
)

// isJSONNumber reports whether a text is a number by the grammar of RFC 8259.
func isJSONNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	whole, rest := digits(text)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		var fraction string
		if fraction, rest = digits(rest[1:]); fraction == "" {
			return false
		}
	}
	if rest != "" && rest[0]|0x20 == 'e' {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		var exponent string
		if exponent, rest = digits(rest); exponent == "" {
			return false
		}
	}
	return rest == ""
}

// digits splits off the leading decimal digits.
func digits(text string) (string, string) {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	return text[:end], text[end:]
}

// isNetNumber reports whether Json.NET accepts a token as a number: hexadecimal or octal with a
// leading zero, otherwise an integer of any size or a number that double.Parse accepts.
func isNetNumber(text string) bool {
	if isBased(text) {
		_, ok := parseBased(text, 64)
		return ok
	}
	if whole, rest := digits(strings.TrimPrefix(text, "-")); whole != "" && rest == "" {
		return true
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// isBased reports whether Json.NET reads a number as hexadecimal or octal.
func isBased(text string) bool {
	return len(text) > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E'
}

// parseBased parses a hexadecimal or octal number as .NET's Convert.ToInt32 or ToInt64 does: as
// two's complement of the given number of bits.
func parseBased(text string, bits int) (int64, bool) {
	base := 8
	if text[1] == 'x' || text[1] == 'X' {
		text, base = text[2:], 16
	}
	value, err := strconv.ParseUint(text, base, bits)
	if err != nil {
		return 0, false
	}
	if bits == 32 {
		return int64(int32(value)), true
	}
	return int64(value), true
}

// isInteger reports whether Json.NET reads a number as an integer.
func isInteger(text string) bool {
	whole, rest := digits(strings.TrimPrefix(text, "-"))
	return whole != "" && rest == "" || isBased(text)
}

// jsonInteger parses a number token as an integer. It reports false for a float.
func jsonInteger(text string, bits int) (int64, bool) {
	if isBased(text) {
		return parseBased(text, bits)
	}
	if !isInteger(text) {
		return 0, false
	}
	value, err := strconv.ParseInt(text, 10, bits)
	return value, err == nil
}

// parseInteger parses a text as Int32.Parse or Int64.Parse does with NumberStyles.Integer.
func parseInteger(text string, bits int) (int64, bool) {
	text = trimNumber(text)
	value, err := strconv.ParseInt(text, 10, bits)
	if err != nil || strings.IndexByte(text, '_') >= 0 {
		return 0, false
	}
	return value, true
}

// ConvertInteger parses a text as .NET's Int32Converter and Int64Converter do: with surrounding
// white space, a sign, leading zeros, and hexadecimal after `#`, `0x` or `&h`. It reports false if
// the number does not fit in the given number of bits.
func ConvertInteger(text string, bits int) (int64, bool) {
	text = strings.TrimSpace(text)
	for _, prefix := range []string{"#", "0x", "0X", "&h", "&H"} {
		if rest, found := strings.CutPrefix(text, prefix); found {
			if trimmed, again := strings.CutPrefix(strings.ToLower(rest), "0x"); again {
				rest = trimmed
			}
			return parseBased("0x"+rest, bits)
		}
	}
	return parseInteger(text, bits)
}

// trimNumber removes the white space that NumberStyles allows around a number.
func trimNumber(text string) string {
	return strings.Trim(text, " \t\n\v\f\r")
}

// netNumberText returns a JSON number as .NET converts it to text: integers in plain digits, floats
// with up to 15 significant digits.
func netNumberText(text string) string {
	if isBased(text) {
		value, _ := parseBased(text, 64)
		return strconv.FormatInt(value, 10)
	}
	if isInteger(text) {
		if value, err := strconv.ParseInt(text, 10, 64); err == nil {
			return strconv.FormatInt(value, 10)
		}
		unsigned, negative := strings.CutPrefix(text, "-")
		unsigned = strings.TrimLeft(unsigned, "0")
		if negative {
			return "-" + unsigned
		}
		return unsigned
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return general15(value)
}

// general15 formats a number like .NET's G15: scientific from 1E+15 and from 1E-05 down.
func general15(value float64) string {
	if value == 0 {
		return "0"
	}
	exponential := strconv.FormatFloat(value, 'E', 14, 64)
	mantissa, power, _ := strings.Cut(exponential, "E")
	exponent, _ := strconv.Atoi(power)
	mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	if exponent <= -5 || exponent >= 15 {
		sign := "+"
		if exponent < 0 {
			sign = "-"
		}
		power = strconv.Itoa(int(math.Abs(float64(exponent))))
		if len(power) < 2 {
			power = "0" + power
		}
		return mantissa + "E" + sign + power
	}
	places := max(14-exponent, 0)
	plain := strconv.FormatFloat(value, 'f', places, 64)
	if strings.Contains(plain, ".") {
		plain = strings.TrimRight(strings.TrimRight(plain, "0"), ".")
	}
	return plain
}
