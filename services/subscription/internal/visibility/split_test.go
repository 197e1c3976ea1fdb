package visibility

import (
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

// TestSplitNamesAFewLevels splits lists of one group and of many by a hundred levels: only the first names them.
func TestSplitNamesAFewLevels(t *testing.T) {
	highest := int64(100)
	for groups, want := range map[int]bool{1: true, 100: false} {
		v := Visibility{MaxPrivacy: &highest, levels: []catalogue.PrivacyLevelID{""}}
		for level := range maxLevels {
			v.levels = append(v.levels, catalogue.PrivacyLevelID(fmt.Sprint("l", level)))
		}
		for group := range groups {
			v.Groups = append(v.Groups, catalogue.GroupID(fmt.Sprint("g", group)))
		}
		every, among := v.Split()
		all, _ := every.(listing.And)
		named, isOr := all[0].(listing.Or)
		if named := isOr && len(named) > maxLevels; named != want || len(among) != groups+1 {
			t.Errorf("%d groups: levels are named: %t, want %t; parts: %d", groups, named, want, len(among))
		}
	}
}
