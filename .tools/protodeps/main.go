// Command protodeps writes the third-party .proto files that Continuo's protos import to the folder in its only argument. It
// prints them from the descriptors in the Go packages below, so that go.sum pins their versions and no registry is needed.
// With -well-known it also writes the files of google/protobuf, which some compilers do not bring.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

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

func main() {
	wellKnown := flag.Bool("well-known", false, "also write the files of google/protobuf")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: protodeps [-well-known] FOLDER")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *wellKnown); err != nil {
		fmt.Fprintln(os.Stderr, "protodeps:", err)
		os.Exit(1)
	}
}

// write empties folder and prints the registered files to it.
func write(folder string, wellKnown bool) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("emptying %s: %w", folder, err)
	}
	var failed error
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(file.Path(), "google/protobuf/") && (!wellKnown || file.Path() == goFeatures) {
			return true
		}
		failed = writeFile(filepath.Join(folder, filepath.FromSlash(file.Path())), file)
		return failed == nil
	})
	return failed
}

// goFeatures is what protoc-gen-go reads of its own; no proto needs it.
const goFeatures = "google/protobuf/go_features.proto"

func writeFile(path string, file protoreflect.FileDescriptor) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("creating the folder of %s: %w", path, err)
	}
	out, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("creating %s: %w", path, err)
	}
	var printer protoprint.Printer
	if err := printer.PrintProtoFile(file, out); err != nil {
		return fmt.Errorf("printing %s: %w", path, err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
