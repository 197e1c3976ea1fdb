package protos_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/protos"
)

// TestArchiveCompiles unpacks the archive and compiles all of it with protoc, which finds every import in it.
func TestArchiveCompiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	command := exec.CommandContext(t.Context(), "protoc", append([]string{"-I", ".", "-o", os.DevNull}, unpack(t, folder)...)...)
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v: %s", err, output)
	}
}

// unpack writes the archive to a folder and returns the names of its protos.
func unpack(t *testing.T, folder string) []string {
	t.Helper()
	archive, err := protos.Archive()
	if err != nil {
		t.Fatal(err)
	}
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files.File {
		if file.FileInfo().IsDir() {
			continue
		}
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file.Name, ".proto") {
			names = append(names, file.Name)
		}
	}
	return names
}

// TestDescriptorSet builds descriptors from the set and expects a comment on everything that Continuo's protos declare.
func TestDescriptorSet(t *testing.T) {
	t.Parallel()
	encoded, err := protos.DescriptorSet()
	if err != nil {
		t.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(encoded, &set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		t.Fatal(err)
	}
	message := (&sedonav1.CustomerRecurringUpdate{}).ProtoReflect().Descriptor()
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		found, err := files.FindDescriptorByName(field.FullName())
		if err != nil {
			t.Fatal(err)
		}
		comment := found.ParentFile().SourceLocations().ByDescriptor(found).LeadingComments
		if comment == "" {
			t.Errorf("%s has no comment", field.FullName())
		}
		if got := protos.Comment(field); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(comment), " ") {
			t.Errorf("%s: got comment %q, want %q", field.FullName(), got, comment)
		}
	}
}
