package domain

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"
)

func TestADateTimeIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
		written := DateTimeOf(time.Unix(rapid.Int64Range(first, last).Draw(t, "seconds"), 0))
		read, err := ParseDateTime(written.String())
		if err != nil || read != written {
			t.Fatalf("%s is read as %s, %v", written, read, err)
		}
	})
}

func TestDateTimesAreReadInTwoFormsAlone(t *testing.T) {
	for text, want := range map[string]string{
		"2015-02-20T16:40:42": "2015-02-20T16:40:42", "2015-02-20": "2015-02-20T00:00:00", "2016-02-29": "2016-02-29T00:00:00",
		"": "", "2015-02-29": "", "2015-02-20 16:40:42": "", "2015-02-20T16:40": "", "2015-02-20T16:40:42Z": "", "2015-02-20T16:40:42.5": "",
		"2015-02-20T24:00:00": "", "20/02/2015": "", "15-02-20": "", "2015-2-20": "", "2015-02-20T16:40:42+02:00": "",
	} {
		got, err := ParseDateTime(text)
		if err == nil && got.String() != want || err != nil && want != "" {
			t.Errorf("%q is read as %s, %v", text, got, err)
		}
	}
}

func TestAReferenceNeedsExactlyOneKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "x", "y"}), 1, 4).Draw(t, "values")
		reference := Reference{Field: "field"}
		for i, value := range values {
			reference.Keys = append(reference.Keys, Key{KeyName(rune('a' + i)), value})
		}
		given := len(values) - len(slices.DeleteFunc(slices.Clone(values), func(value string) bool { return value != "" }))
		key, err := reference.key()
		if (err == nil) != (given == 1) || err == nil && !slices.Contains(reference.Keys, key) {
			t.Fatalf("%q: key %v, %v", values, key, err)
		}
	})
}

// TestFieldChangesComposeByTheLastOneGiven checks that changes touch their own fields alone, and that of several changes
// of one field the last one that says something counts.
func TestFieldChangesComposeByTheLastOneGiven(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) Change[string] {
		return rapid.SampledFrom([]Change[string]{{}, Clear[string](), Set("a"), Set("b"), Set("")}).Draw(t, "change")
	})
	rapid.Check(t, func(t *rapid.T) {
		var fields, want UserFields
		for range rapid.IntRange(1, 5).Draw(t, "updates") {
			var changes FieldChanges
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
			t.Fatalf("fields %v, want %v", fields, want)
		}
	})
}

// TestNobodysPasswordTakesAsLong keeps an unknown user's answer from coming sooner than a wrong password's.
func TestNobodysPasswordTakesAsLong(t *testing.T) {
	passwords := newPasswords()
	service := &OrganisationService{passwords: passwords}
	somebodys, err := service.HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	for who, hash := range map[string]string{"nobody": nobodys, "somebody": somebodys} {
		if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != bcrypt.DefaultCost {
			t.Errorf("%s's hash has the cost %d, %v", who, cost, err)
		}
	}
	for _, test := range []struct {
		hash, password string
		want           bool
	}{{somebodys, "right", true}, {somebodys, "wrong", false}, {"", "right", false}, {"", "", false}} {
		if got, err := passwords.match(t.Context(), test.hash, test.password); err != nil || got != test.want {
			t.Errorf("password %q of hash %q: %t, %v", test.password, test.hash, got, err)
		}
	}
}

func TestTokensAreNeverTheSame(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if len(token) != 32 || seen[token] || seen[HashToken(token)] {
			t.Fatalf("token %q", token)
		}
		seen[token], seen[HashToken(token)] = true, true
	}
}
