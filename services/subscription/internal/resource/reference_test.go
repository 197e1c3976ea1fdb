package resource

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestReferenceRequiresExactlyOneKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "x", "y"}), 1, 4).Draw(t, "values")
		reference := Reference{Field: "field"}
		for i, value := range values {
			reference.Keys = append(reference.Keys, Key{KeyName(rune('a' + i)), value})
		}
		given := len(values) - len(slices.DeleteFunc(slices.Clone(values), func(value string) bool { return value != "" }))
		key, err := reference.key()
		if (err == nil) != (given == 1) || err == nil && !slices.Contains(reference.Keys, key) {
			t.Fatalf("%q: got key %v, error %v", values, key, err)
		}
	})
}
