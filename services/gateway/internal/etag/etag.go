// Package etag reads the entity tags of If-Match and If-None-Match (RFC 9110, 8.8.3 and 13.1). The
// etag of a resource is an entity tag as it is, quotation marks included.
package etag

import (
	"slices"
	"strings"
)

// GzipSuffix ends the entity tags of compressed answers, within the quotation marks, because a strong
// tag stands for the bytes of an answer. Callers may send such a tag back.
const GzipSuffix = "--gzip"

// Tags is the value of a header: any entity tag, or a list of some.
type Tags struct {
	// Any means `*`.
	Any  bool
	List []Tag
}

// Tag is an entity tag.
type Tag struct {
	// Text is the opaque tag with its quotation marks.
	Text string
	// Weak means that the tag was marked `W/`.
	Weak bool
}

// Parse reads the lines of a header. It reports false if they are neither `*` nor a list of entity
// tags.
func Parse(lines []string) (Tags, bool) {
	text := strings.TrimSpace(strings.Join(lines, ","))
	if text == "*" {
		return Tags{Any: true}, true
	}
	var tags Tags
	for text != "" {
		if rest, comma := strings.CutPrefix(text, ","); comma { // empty elements of lists are allowed
			text = strings.TrimLeft(rest, " \t")
			continue
		}
		tag, rest, ok := cut(text)
		if !ok {
			return Tags{}, false
		}
		tags.List = append(tags.List, tag)
		text = strings.TrimLeft(rest, " \t")
		if text != "" && text[0] != ',' {
			return Tags{}, false
		}
	}
	return tags, len(tags.List) > 0
}

// cut reads the entity tag at the start of a text.
func cut(text string) (tag Tag, rest string, ok bool) {
	text, weak := strings.CutPrefix(text, "W/")
	if !strings.HasPrefix(text, `"`) {
		return Tag{}, "", false
	}
	end := strings.IndexByte(text[1:], '"') + 1
	if end == 0 || strings.ContainsFunc(text[1:end], func(r rune) bool { return r <= ' ' || r >= 0x7F }) {
		return Tag{}, "", false
	}
	return Tag{Text: `"` + strings.TrimSuffix(text[1:end], GzipSuffix) + `"`, Weak: weak}, text[end+1:], true
}

// Matches reports whether a resource with an etag is among the tags, weak ones included.
func (t Tags) Matches(etag string) bool {
	return t.Any || slices.ContainsFunc(t.List, func(tag Tag) bool { return tag.Text == etag })
}
