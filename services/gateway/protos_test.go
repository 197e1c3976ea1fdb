package gateway

import (
	"archive/zip"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

func TestProtosAreServed(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	archive := request{"GET", "/protos.zip", "", ""}.send(t, server.URL)
	if archive.status != http.StatusOK || archive.contentType != "application/zip" {
		t.Fatalf("got %d %s for the archive", archive.status, archive.contentType)
	}
	files, err := zip.NewReader(strings.NewReader(archive.text), int64(len(archive.text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "sedona/v1/item.proto", "buf/validate/validate.proto", "google/protobuf/descriptor.proto"} {
		if _, err := files.Open(name); err != nil {
			t.Error(err)
		}
	}
	compiled := request{"GET", "/protos.binpb", "", ""}.send(t, server.URL)
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal([]byte(compiled.text), &set); err != nil {
		t.Fatal(err)
	}
	if compiled.status != http.StatusOK || compiled.contentType != "application/x-protobuf" || len(set.GetFile()) < 40 {
		t.Errorf("got %d %s with %d files for the descriptor set", compiled.status, compiled.contentType, len(set.GetFile()))
	}
}
