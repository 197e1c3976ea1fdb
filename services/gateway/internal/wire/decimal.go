package wire

import (
	"math/bits"
	"strconv"
	"strings"
)

// decimalStyle is what the text of a decimal may contain besides a leading sign, digits and a
// point.
type decimalStyle uint8

const (
	// styleExponent allows `1e2`.
	styleExponent decimalStyle = 1 << iota
	// styleTrailingSign allows `5-`.
	styleTrailingSign
	// styleSpace allows white space around the number.
	styleSpace
)

// maxScale is the maximum number of fraction digits of a System.Decimal.
const maxScale = 28

// parseDecimal parses a text as System.Decimal does and returns it in plain digits: an optional
// `-`, digits, and the fraction with as many digits as written. Digits beyond the precision of a
// System.Decimal are rounded half to even. It reports false for a number out of range.
func parseDecimal(text string, style decimalStyle) (string, bool) {
	if isPlainDecimal(text) {
		return text, true
	}
	if style&styleSpace != 0 {
		text = trimNumber(text)
	}
	text, negative, ok := cutSign(text, style)
	if !ok {
		return "", false
	}
	whole, rest := digits(text)
	fraction := ""
	if strings.HasPrefix(rest, ".") {
		fraction, rest = digits(rest[1:])
	}
	if whole == "" && fraction == "" {
		return "", false
	}
	exponent := 0
	if rest != "" {
		if style&styleExponent == 0 || rest[0]|0x20 != 'e' {
			return "", false
		}
		if exponent, ok = parseExponent(rest[1:]); !ok {
			return "", false
		}
	}
	significant := strings.TrimLeft(whole+fraction, "0")
	return fitDecimal(negative, significant, len(fraction)-exponent)
}

// isPlainDecimal reports whether a text is already in the form that parseDecimal returns and short
// enough to be in range.
func isPlainDecimal(text string) bool {
	unsigned := strings.TrimPrefix(text, "-")
	whole, rest := digits(unsigned)
	if whole == "" || len(whole) > 1 && whole[0] == '0' || len(unsigned) > maxScale {
		return false
	}
	if rest == "" {
		return whole != "0" || len(text) == len(unsigned)
	}
	fraction, after := digits(rest[1:])
	if rest[0] != '.' || fraction == "" || after != "" {
		return false
	}
	return len(text) == len(unsigned) || strings.Trim(unsigned, "0.") != ""
}

func cutSign(text string, style decimalStyle) (unsigned string, negative, ok bool) {
	if text == "" {
		return "", false, false
	}
	if text[0] == '-' || text[0] == '+' {
		return text[1:], text[0] == '-', true
	}
	if last := text[len(text)-1]; style&styleTrailingSign != 0 && (last == '-' || last == '+') {
		return trimNumber(text[:len(text)-1]), last == '-', true
	}
	return text, false, true
}

// parseExponent parses an exponent. It limits exponents that are too large for any decimal.
func parseExponent(text string) (int, bool) {
	const large = 1 << 20
	sign := 1
	if text != "" && (text[0] == '+' || text[0] == '-') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	number, rest := digits(text)
	if number == "" || rest != "" {
		return 0, false
	}
	value, err := strconv.Atoi(number)
	if err != nil || value > large {
		value = large
	}
	return sign * value, true
}

// fitDecimal returns significant / 10^scale within the 96 bits and 28 places of a System.Decimal.
func fitDecimal(negative bool, significant string, scale int) (string, bool) {
	if significant == "" {
		return formatDecimal(false, "0", min(max(scale, 0), maxScale)), true
	}
	if len(significant)-scale > maxScale+1 {
		return "", false
	}
	if scale < 0 {
		significant += strings.Repeat("0", -scale)
		scale = 0
	}
	drop := max(scale-maxScale, len(significant)-maxScale-1, 0)
	for ; ; drop++ {
		if drop > scale {
			return "", false
		}
		if drop > len(significant) {
			return formatDecimal(false, "0", min(scale-drop, maxScale)), true
		}
		kept := round(significant, len(significant)-drop)
		if fitsDecimal(kept) {
			return formatDecimal(negative && kept != "0", kept, scale-drop), true
		}
	}
}

// round returns the first digits of a number, rounded half to even.
func round(significant string, keep int) string {
	kept, dropped := significant[:keep], significant[keep:]
	if kept == "" {
		kept = "0"
	}
	if dropped == "" || dropped[0] < '5' {
		return kept
	}
	odd := (kept[len(kept)-1]-'0')%2 == 1
	if dropped[0] == '5' && !odd && strings.Trim(dropped[1:], "0") == "" {
		return kept
	}
	up := []byte(kept)
	for i := len(up) - 1; i >= 0; i-- {
		if up[i] != '9' {
			up[i]++
			return string(up)
		}
		up[i] = '0'
	}
	return "1" + string(up)
}

// fitsDecimal reports whether a whole number is below 2^96.
func fitsDecimal(number string) bool {
	if len(number) > maxScale+1 {
		return false
	}
	var high, low uint64
	for _, digit := range []byte(number) {
		carry, product := bits.Mul64(low, 10)
		var over uint64
		low, over = bits.Add64(product, uint64(digit-'0'), 0)
		high = high*10 + carry + over
	}
	return high>>32 == 0
}

func formatDecimal(negative bool, significant string, scale int) string {
	if len(significant) <= scale {
		significant = strings.Repeat("0", scale-len(significant)+1) + significant
	}
	point := len(significant) - scale
	text := significant[:point]
	if scale > 0 {
		text += "." + significant[point:]
	}
	if negative {
		text = "-" + text
	}
	return text
}
