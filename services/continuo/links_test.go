package continuo_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocumentsLinkToWhatIsThere follows the links between the documents, to files and to headings.
func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	top := filepath.Join("..", "..")
	paths := documents(t)
	for _, pattern := range []string{".github/*.md", "deploy/*.md", "deploy/*/*.md", "deploy/helm/*/*.md"} {
		more, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range more {
			paths = append(paths, strings.TrimPrefix(path, top+string(filepath.Separator)))
		}
	}
	link := regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	for _, path := range paths {
		for _, found := range link.FindAllStringSubmatch(read(t, filepath.Join(top, path)), -1) {
			target, heading := found[1], found[2]
			if strings.Contains(target, "://") {
				continue
			}
			file := filepath.Join(top, path)
			if target != "" {
				file = filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which is not there", path, target)
			} else if heading != "" && !slices.Contains(headings(read(t, file)), heading) {
				t.Errorf("%s links to %s%s, which has no such heading", path, target, heading)
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// headings are the anchors of a document's headings, as GitHub makes them.
func headings(text string) []string {
	var anchors []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors = append(anchors, "#"+strings.ReplaceAll(anchor, " ", "-"))
	}
	return anchors
}
