package userfield

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDateTimeParsesString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
		written := DateTimeOf(time.Unix(rapid.Int64Range(first, last).Draw(t, "seconds"), 0))
		read, err := ParseDateTime(written.String())
		if err != nil || read != written {
			t.Fatalf("%s: got %s, error %v", written, read, err)
		}
	})
}

func TestParseDateTimeAcceptsTwoForms(t *testing.T) {
	for text, want := range map[string]string{
		"2015-02-20T16:40:42": "2015-02-20T16:40:42", "2015-02-20": "2015-02-20T00:00:00", "2016-02-29": "2016-02-29T00:00:00",
		"": "", "2015-02-29": "", "2015-02-20 16:40:42": "", "2015-02-20T16:40": "", "2015-02-20T16:40:42Z": "", "2015-02-20T16:40:42.5": "",
		"2015-02-20T24:00:00": "", "20/02/2015": "", "15-02-20": "", "2015-2-20": "", "2015-02-20T16:40:42+02:00": "",
	} {
		got, err := ParseDateTime(text)
		if err == nil && got.String() != want || err != nil && want != "" {
			t.Errorf("%q: got %s, error %v", text, got, err)
		}
	}
}

func TestParseLooseDateTimeTakesTheDateAsWritten(t *testing.T) {
	const full = "2015-02-20T16:40:42"
	for text, want := range map[string]string{
		full: full, full + "Z": full, full + ".5": full, full + ".123456789Z": full, full + "+02:00": full, full + "-0600": full, full + ".000+14": full,
		"2015-02-20T16:40": "2015-02-20T16:40:00", "2015-02-20T16:40Z": "2015-02-20T16:40:00", "2015-02-20T23:59-11:30": "2015-02-20T23:59:00", "2015-02-20": "2015-02-20T00:00:00",
		"": "", "2015-02-29T16:40:42Z": "", "2015-02-20T24:00Z": "", full + "z": "", full + " Z": "", full + ".": "", full + ".5.5": "", full + "+25:00": "", full + "+02:60": "",
		"2015-02-20T16": "", "2015-02-20T16:40.5": "", "2015-02-20Z": "", "2015-02-20 16:40:42": "", "20150220T164042": "", full + "ZZ": "", full + "[UTC]": "",
	} {
		got, err := ParseLooseDateTime(text)
		if err == nil && got.String() != want || err != nil && want != "" {
			t.Errorf("%q: got %s, error %v", text, got, err)
		}
	}
}

// FuzzParseLooseDateTime checks that what is read begins as it was written.
func FuzzParseLooseDateTime(f *testing.F) {
	f.Add("2015-02-20T16:40:42.5+02:00")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseLooseDateTime(text)
		if err == nil && got.String()[:10] != text[:10] {
			t.Errorf("%q became %s", text, got)
		}
	})
}

// TestChangesApplyLastChange checks that changes affect only their own fields, and that the last
// change of a field that is not empty wins.
func TestChangesApplyLastChange(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) Change[string] {
		return rapid.SampledFrom([]Change[string]{{}, Clear[string](), Set("a"), Set("b"), Set("")}).Draw(t, "change")
	})
	rapid.Check(t, func(t *rapid.T) {
		var fields, want Fields
		for range rapid.IntRange(1, 5).Draw(t, "updates") {
			var changes Changes
			for i := range changes.Strings {
				changes.Strings[i] = text.Draw(t, "text")
				if changes.Strings[i].given {
					want.Strings[i] = changes.Strings[i].value
				}
			}
			if err := changes.Apply("", &fields); err != nil {
				t.Fatal(err)
			}
		}
		if fields != want {
			t.Fatalf("got fields %v, want %v", fields, want)
		}
	})
}

func TestNameOfIsTheFieldAtAnIndex(t *testing.T) {
	for of, fields := range map[Type]int{String: StringFields, Float: floatFields, Date: dateFields} {
		for i := range fields {
			if typ, index := NameOf(of, i).place(); typ != of || index != i {
				t.Errorf("%s %d is %q, which is %s %d", of, i, NameOf(of, i), typ, index)
			}
		}
	}
}
