package wire

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	bomUTF8    = "\xEF\xBB\xBF"
	bomUTF16LE = "\xFF\xFE"
	bomUTF16BE = "\xFE\xFF"
)

// ToUTF8 converts a body to UTF-8 without a byte order mark. Like the framework it supports utf-8
// and utf-16 (little endian); any other charset is read as utf-8, and a byte order mark takes
// precedence over charset. It returns body itself if nothing has to change. Invalid text results in
// a *ModelError.
func ToUTF8(body []byte, charset string) ([]byte, error) {
	text := string(body[:min(len(body), 3)])
	switch {
	case strings.HasPrefix(text, bomUTF8):
		body = body[len(bomUTF8):]
	case strings.HasPrefix(text, bomUTF16LE):
		return fromUTF16(body[len(bomUTF16LE):], binary.LittleEndian)
	case strings.HasPrefix(text, bomUTF16BE):
		return fromUTF16(body[len(bomUTF16BE):], binary.BigEndian)
	case strings.EqualFold(strings.Trim(charset, `"' `), "utf-16"):
		return fromUTF16(body, binary.LittleEndian)
	}
	if !utf8.Valid(body) {
		return nil, notText("utf-8")
	}
	return body, nil
}

func notText(charset string) error {
	return &ModelError{Fields: []FieldError{{Key: modelKey, Messages: []string{"The body is not valid " + charset + "."}}}}
}

func fromUTF16(body []byte, order binary.ByteOrder) ([]byte, error) {
	if len(body)%2 != 0 {
		return nil, notText("utf-16")
	}
	out := make([]byte, 0, len(body)/2+len(body)/8)
	for i := 0; i < len(body); i += 2 {
		char := rune(order.Uint16(body[i:]))
		if utf16.IsSurrogate(char) {
			if i+4 > len(body) {
				return nil, notText("utf-16")
			}
			char = utf16.DecodeRune(char, rune(order.Uint16(body[i+2:])))
			if char == utf8.RuneError {
				return nil, notText("utf-16")
			}
			i += 2
		}
		out = utf8.AppendRune(out, char)
	}
	return out, nil
}

// AppendUTF16LE appends UTF-8 text as UTF-16, little endian, with a byte order mark as the
// framework writes it. Invalid UTF-8 becomes U+FFFD.
func AppendUTF16LE(dst, utf8Text []byte) []byte {
	dst = append(dst, bomUTF16LE...)
	for _, char := range string(utf8Text) {
		if char >= 0x10000 {
			high, low := utf16.EncodeRune(char)
			dst = binary.LittleEndian.AppendUint16(dst, uint16(high))
			char = low
		}
		dst = binary.LittleEndian.AppendUint16(dst, uint16(char))
	}
	return dst
}

// utf16Length returns the length of a text in UTF-16 units, as .NET counts.
func utf16Length(text string) int {
	units := 0
	for _, char := range text {
		units++
		if char >= 0x10000 {
			units++
		}
	}
	return units
}
