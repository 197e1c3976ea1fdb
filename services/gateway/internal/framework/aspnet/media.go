// Package aspnet reproduces how ASP.NET Web API 2 negotiates formats, which bodies it reads, and
// how it renders its own errors. It follows the published sources of release 5.2.3.
package aspnet

import (
	"slices"
	"strconv"
	"strings"
)

// mediaType is a value of an Accept or Content-Type header, with the parameters that matter.
type mediaType struct {
	major, minor string
	quality      float64
	charset      string
}

const charsetParameter = "charset"

// parseMediaType parses `type/subtype; name=value; name`. An invalid quality counts as 1.
func parseMediaType(text string) (mediaType, bool) {
	switch text { // what most callers send
	case "":
		return mediaType{}, false
	case formatters[0].types[0]:
		return mediaType{major: "application", minor: "json", quality: 1}, true
	}
	parts := splitOutsideQuotes(text, ';')
	major, minor, ok := strings.Cut(strings.TrimSpace(parts[0]), "/")
	parsed := mediaType{major: major, minor: minor, quality: 1}
	if !ok || !isToken(major) || !isToken(minor) {
		return mediaType{}, false
	}
	for _, part := range parts[1:] {
		name, value, valued := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !isToken(name) || valued && !isToken(value) && !isQuoted(value) {
			return mediaType{}, false
		}
		switch strings.ToLower(name) {
		case "q":
			parsed.quality = quality(value)
		case charsetParameter:
			parsed.charset = value // including quotation marks, as the framework compares it
		}
	}
	return parsed, true
}

func quality(text string) float64 {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.") != "" {
		return 1
	}
	return number
}

// text returns the media type without parameters.
func (m mediaType) text() string { return m.major + "/" + m.minor }

// match is how precisely one media type matches another.
type match int

const (
	noMatch match = iota
	matchAll
	matchSubtypes
	matchLiteral
)

// covers reports how the media type, as a range, matches the media type `supported`.
func (m mediaType) covers(supported string) match {
	major, minor, _ := strings.Cut(supported, "/")
	switch {
	case m.major == "*" && m.minor == "*":
		return matchAll
	case !strings.EqualFold(m.major, major):
		return noMatch
	case m.minor == "*":
		return matchSubtypes
	case strings.EqualFold(m.minor, minor):
		return matchLiteral
	default:
		return noMatch
	}
}

// rank orders media types of equal quality, the most specific first.
func (m mediaType) rank() int {
	switch {
	case m.major == "*" && m.minor == "*":
		return 2
	case m.minor == "*":
		return 1
	default:
		return 0
	}
}

// parseAccept returns the values of an Accept header, best first. Like the framework, it ignores a
// header line that contains a malformed value.
func parseAccept(lines []string) []mediaType {
	var accepted []mediaType
	for _, line := range lines {
		values, ok := parseList(line, parseMediaType)
		if ok {
			accepted = append(accepted, values...)
		}
	}
	slices.SortStableFunc(accepted, func(a, b mediaType) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		default:
			return a.rank() - b.rank()
		}
	})
	return accepted
}

// weighted is a value of an Accept-Charset header.
type weighted struct {
	value   string
	quality float64
}

func parseAcceptCharset(lines []string) []weighted {
	var accepted []weighted
	for _, line := range lines {
		values, ok := parseList(line, parseWeighted)
		if ok {
			accepted = append(accepted, values...)
		}
	}
	slices.SortStableFunc(accepted, func(a, b weighted) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		case a.value == "*" && b.value != "*":
			return 1
		case a.value != "*" && b.value == "*":
			return -1
		default:
			return 0
		}
	})
	return accepted
}

func parseWeighted(text string) (weighted, bool) {
	value, parameter, weightedValue := strings.Cut(text, ";")
	parsed := weighted{value: strings.TrimSpace(value), quality: 1}
	if !isToken(parsed.value) {
		return weighted{}, false
	}
	if weightedValue {
		name, number, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			return weighted{}, false
		}
		parsed.quality = quality(strings.TrimSpace(number))
	}
	return parsed, true
}

func parseList[T any](line string, parse func(string) (T, bool)) ([]T, bool) {
	var values []T
	for _, part := range splitOutsideQuotes(line, ',') {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		value, ok := parse(part)
		if !ok {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

func splitOutsideQuotes(text string, separator byte) []string {
	if strings.IndexByte(text, separator) < 0 {
		return []string{text}
	}
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return append(parts, text[start:])
}

func isToken(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c > '~' || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	return text != ""
}

func isQuoted(text string) bool {
	return len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"'
}
