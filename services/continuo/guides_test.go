package continuo_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/config"
)

// TestEveryGuideIsListed checks that deploy/README.md leads to each guide beside it.
func TestEveryGuideIsListed(t *testing.T) {
	t.Parallel()
	guides, err := filepath.Glob(deployFile("*.md"))
	if err != nil {
		t.Fatal(err)
	}
	list := read(t, deployFile("README.md"))
	for _, guide := range guides {
		if name := filepath.Base(guide); name != "README.md" && !strings.Contains(list, "]("+name+")") {
			t.Errorf("deploy/README.md does not lead to %s", name)
		}
	}
}

// TestEverySettingIsDocumented checks that deploy/README.md has each setting of the programs in its table, and no others.
func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(read(t, deployFile("README.md")), "\n| setting | default |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, name := range settingNames.FindAllString(table, -1) {
		if err := config.CheckNames([]string{name + "="}, &struct{}{}); err != nil {
			t.Errorf("deploy/README.md: %s is not a setting", name)
		}
	}
	err := config.CheckNames([]string{"CONTINUO_NONE="}, &struct{}{}) // the error lists the settings
	if err == nil {
		t.Fatal("CONTINUO_NONE is a setting")
	}
	settings := settingNames.FindAllString(err.Error(), -1)[1:]
	for _, name := range settings {
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("deploy/README.md does not say what %s is", name)
		}
	}
	if len(settings) < 30 {
		t.Errorf("found %d settings", len(settings))
	}
}
