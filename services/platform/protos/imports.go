package protos

import (
	"archive/zip"
	"fmt"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// What Continuo's protos import.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/api/httpbody"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	_ "google.golang.org/genproto/googleapis/type/date"
	_ "google.golang.org/genproto/googleapis/type/decimal"
	_ "google.golang.org/genproto/googleapis/type/money"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
)

// linked returns a file that is linked into the program.
func linked(name string) (protocompile.SearchResult, error) {
	file, err := protoregistry.GlobalFiles.FindFileByPath(name)
	if err != nil {
		return protocompile.SearchResult{}, fmt.Errorf("finding an imported proto: %w", err)
	}
	return protocompile.SearchResult{Desc: file}, nil
}

// withImports returns files and everything that they import, each once and after what it imports.
func withImports(files linker.Files) (all []protoreflect.FileDescriptor) {
	added := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if added[file.Path()] {
			return
		}
		added[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		all = append(all, file)
	}
	for _, file := range files {
		add(file)
	}
	return all
}

// addImports adds what Continuo's protos import to an archive of them.
func addImports(archive *zip.Writer) error {
	files, err := compiled()
	if err != nil {
		return err
	}
	for _, file := range withImports(files) {
		if files.FindFileByPath(file.Path()) != nil {
			continue
		}
		out, err := archive.Create(file.Path())
		if err != nil {
			return fmt.Errorf("adding %s: %w", file.Path(), err)
		}
		if err := (&protoprint.Printer{}).PrintProtoFile(file, out); err != nil {
			return fmt.Errorf("printing %s: %w", file.Path(), err)
		}
	}
	return nil
}
