package resourcename_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

type lineID int32

var (
	customer   = resourcename.MustCompile("customers/{customer}")
	recurrence = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}")
	lineName   = resourcename.MustCompile("recurringLines/{recurring_line}")
	change     = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}/changes/{change}")
	profile    = resourcename.MustCompile("billingProfile")
)

func TestParseReturnsIDs(t *testing.T) {
	long := strings.Repeat("é", 255)
	for name, test := range map[string]struct {
		pattern resourcename.Pattern
		want    []string
	}{
		"customers/C-1":                               {customer, []string{"C-1"}},
		"customers/a b+c":                             {customer, []string{"a b+c"}},
		"customers/Ωmega:ñ%20?#":                      {customer, []string{"Ωmega:ñ%20?#"}},
		"customers/e\u0301":                           {customer, []string{"é"}},
		"customers/...":                               {customer, []string{"..."}},
		"customers/" + long:                           {customer, []string{long}},
		"customers/" + strings.Repeat("e\u0301", 255): {customer, []string{long}},
		"customers/C-1/recurrences/R-1":               {recurrence, []string{"C-1", "R-1"}},
		"billingProfile":                              {profile, nil},
	} {
		if got, err := test.pattern.Parse("name", name); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: got ids %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestParseRejectsInvalidNames(t *testing.T) {
	for name, test := range map[string]struct {
		pattern resourcename.Pattern
		want    string
	}{
		"":                                      {customer, "must be a name like customers/C-1"},
		"C-1":                                   {customer, "must be a name like customers/C-1"},
		"customer/C-1":                          {customer, "must be a name like customers/C-1"},
		"customers/":                            {customer, "must be a name like customers/C-1"},
		"customers/-":                           {customer, "must be a name like customers/C-1"},
		"customers/.":                           {customer, "must be a name like customers/C-1"},
		"customers/..":                          {customer, "must be a name like customers/C-1"},
		"customers/a/b":                         {customer, "must be a name like customers/C-1"},
		"/customers/a":                          {customer, "must be a name like customers/C-1"},
		"customers/a\x00":                       {customer, "must be a name like customers/C-1"},
		"customers/a\u0085":                     {customer, "must be a name like customers/C-1"},
		"customers/a\u2028":                     {customer, "must be a name like customers/C-1"},
		"customers/\u202egnirts":                {customer, "must be a name like customers/C-1"},
		"customers/\u2066x":                     {customer, "must be a name like customers/C-1"},
		"customers/\u200fx":                     {customer, "must be a name like customers/C-1"},
		"customers/\xff":                        {customer, "must be a name like customers/C-1"},
		"customers/" + strings.Repeat("x", 256): {customer, "must be a name like customers/C-1"},
		"customers/C-1/recurrences":             {recurrence, "must be a name like customers/C-1/recurrences/R-1"},
		"customers/-/recurrences/R":             {recurrence, "must be a name like customers/C-1/recurrences/R-1"},
		"billingprofile":                        {profile, "must be a name like billingProfile"},
	} {
		got, err := test.pattern.Parse("parent", name)
		checkRejected(t, err, "parent", "INVALID_NAME", test.want)
		if got != nil {
			t.Errorf("%q: got ids %q, want an error", name, got)
		}
	}
}

// refused fails unless err is an Invalid fault of one field.
func checkRejected(t *testing.T, err error, field, reason, description string) {
	t.Helper()
	want := fmt.Sprint([]string{field, reason, description})
	if found, ok := fault.As(err); !ok || len(found.Violations) != 1 ||
		fmt.Sprint([]any{found.Violations[0].Field, found.Violations[0].Reason, found.Violations[0].Description}) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseParentAllowsAny(t *testing.T) {
	for name, want := range map[string][]string{
		"customers/-/recurrences/-": {"-", "-"}, "customers/C-1/recurrences/-": {"C-1", "-"}, "customers/C-1/recurrences/R": {"C-1", "R"},
	} {
		if got, err := recurrence.ParseParent("parent", name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got ids %q, %v", name, got, err)
		}
	}
	_, err := recurrence.ParseParent("parent", "-")
	checkRejected(t, err, "parent", "INVALID_NAME", "must be a name like customers/C-1/recurrences/R-1")
}

func TestNumberParsesIDs(t *testing.T) {
	for name, want := range map[string]lineID{"recurringLines/1": 1, "recurringLines/2147483647": math.MaxInt32} {
		if got, err := resourcename.Number[lineID](lineName, "name", name); err != nil || got != want {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
	}
	for _, id := range []string{"0", "-1", "+1", "01", "1.0", "x", "2147483648", "4294967297", "99999999999999999999", "１"} {
		_, err := resourcename.Number[lineID](lineName, "name", "recurringLines/"+id)
		checkRejected(t, err, "name", "INVALID_NAME", "must be a name like recurringLines/1")
	}
	_, err := resourcename.Number[lineID](lineName, "name", "")
	checkRejected(t, err, "name", "INVALID_NAME", "must be a name like recurringLines/1")
	if got, err := resourcename.Number[int64](change, "name", "customers/C/recurrences/R/changes/4294967297"); err != nil || got != 4294967297 {
		t.Errorf("got change %d, %v", got, err)
	}
	_, err = resourcename.Number[int64](change, "name", "customers/C/recurrences/R/changes/x")
	checkRejected(t, err, "name", "INVALID_NAME", "must be a name like customers/C-1/recurrences/R-1/changes/1")
}

func TestOptionalAllowsEmptyNames(t *testing.T) {
	if got, err := resourcename.ID[string](customer.Optional(), "customer", ""); err != nil || got != "" {
		t.Errorf("empty customer: got %q, %v", got, err)
	}
	if got, err := resourcename.Number[lineID](lineName.Optional(), "line", ""); err != nil || got != 0 {
		t.Errorf("empty line: got %d, %v", got, err)
	}
	_, err := resourcename.Number[lineID](lineName.Optional(), "line", "recurringLines/")
	checkRejected(t, err, "line", "INVALID_NAME", "must be a name like recurringLines/1")
}

func TestFormatReturnsNames(t *testing.T) {
	for want, got := range map[string]string{
		"customers/C-1":                 customer.Format("C-1"),
		"customers/0":                   customer.Format("0"),
		"customers/C-1/recurrences/R-1": recurrence.Format("C-1", "R-1"),
		"recurringLines/7":              lineName.Format(lineID(7)),
		"billingProfile":                profile.Format(),
		"":                              customer.Format("") + lineName.Format(lineID(0)),
	} {
		if got != want {
			t.Errorf("got name %q, want %q", got, want)
		}
	}
}

func TestParseIDRejectsInvalidIDs(t *testing.T) {
	if got, err := resourcename.ParseID("customer_id", "e\u0301 +"); err != nil || got != "é +" {
		t.Errorf("got id %q, %v", got, err)
	}
	for _, id := range []string{"", "-", ".", "a/b", "a\n", strings.Repeat("x", 256)} {
		_, err := resourcename.ParseID("customer_id", id)
		checkRejected(t, err, "customer_id", "INVALID_ID",
			"must have 1 to 255 characters, must not contain / or control or direction marks, and must not be -, . or ..")
	}
}

func TestParseInvertsFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []string{rapid.String().Draw(t, "customer"), rapid.String().Draw(t, "recurrence")}
		for i, id := range ids {
			var err error
			if ids[i], err = resourcename.ParseID("id", id); err != nil {
				t.Skip("not an id")
			}
		}
		if got, err := recurrence.Parse("name", recurrence.Format(ids[0], ids[1])); err != nil || !slices.Equal(got, ids) {
			t.Fatalf("%q: got %q, %v", ids, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"customers/C-1/recurrences/R-1", "customers/-/recurrences/é", "customers//", "customers/e\u0301/recurrences/\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		ids, err := recurrence.Parse("name", name)
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Errorf("%q: %v", name, err)
			}
			return
		}
		written := recurrence.Format(ids[0], ids[1])
		if again, err := recurrence.Parse("name", written); err != nil || !slices.Equal(again, ids) {
			t.Errorf("%q: got ids %q; formatted as %q: got %q, %v", name, ids, written, again, err)
		}
	})
}
