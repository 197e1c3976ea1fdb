package etag_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/gateway/internal/etag"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]*etag.Tags{
		`*`:                   {Any: true},
		` * `:                 {Any: true},
		`"a"`:                 {List: []etag.Tag{{Text: `"a"`}}},
		`"a--gzip"`:           {List: []etag.Tag{{Text: `"a"`}}},
		`W/"a"`:               {List: []etag.Tag{{Text: `"a"`, Weak: true}}},
		`"a", W/"b" ,, "c,d"`: {List: []etag.Tag{{Text: `"a"`}, {Text: `"b"`, Weak: true}, {Text: `"c,d"`}}},
		`""`:                  {List: []etag.Tag{{Text: `""`}}},
		``:                    nil, `a`: nil, `"a`: nil, `"a" "b"`: nil, `*, "a"`: nil, `w/"a"`: nil, `"a b"`: nil, "\"\xff\"": nil, `,`: nil, `"a"x`: nil,
	} {
		got, ok := etag.Parse([]string{text})
		if ok != (want != nil) || ok && !reflect.DeepEqual(got, *want) {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	if got, ok := etag.Parse([]string{`"a"`, `"b"`}); !ok || len(got.List) != 2 {
		t.Errorf("two lines: got %v", got)
	}
}

func TestMatches(t *testing.T) {
	for header, want := range map[string]bool{`*`: true, `"1"`: true, `W/"1"`: true, `"2", "1"`: true, `"2"`: false} {
		tags, ok := etag.Parse([]string{header})
		if !ok || tags.Matches(`"1"`) != want {
			t.Errorf("%s: got %v, want %v", header, !want, want)
		}
	}
}

// FuzzParse checks that what is read, written again, is read as the same.
func FuzzParse(f *testing.F) {
	f.Add(`"a", W/"b--gzip"`)
	f.Add(`*`)
	f.Fuzz(func(t *testing.T, text string) {
		tags, ok := etag.Parse([]string{text})
		if !ok || tags.Any {
			return
		}
		var written []string
		for _, tag := range tags.List {
			if tag.Weak {
				tag.Text = "W/" + tag.Text
			}
			written = append(written, tag.Text)
		}
		if strings.Contains(text, etag.GzipSuffix) { // a tag may end in the suffix twice
			return
		}
		if again, ok := etag.Parse(written); !ok || !reflect.DeepEqual(again, tags) {
			t.Errorf("%q: got %v, then %v", text, tags, again)
		}
	})
}
