// Package protos gives the API's protos to strangers: the files with everything that they import, a descriptor set with
// comments, and a resolver that lets reflection answer with comments. The descriptors in generated Go code have none, so
// the files are compiled when somebody first asks, in a fraction of a second. What others publish, such as google/api, is
// printed from the descriptors in their Go packages.
package protos

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/continuo-billing/continuo/gen"
)

// Archive returns the files as a zip archive. Callers must not change it.
var Archive = sync.OnceValues(archive)

// DescriptorSet returns the compiled files, imports first and comments included, as an encoded
// google.protobuf.FileDescriptorSet. Callers must not change it.
var DescriptorSet = sync.OnceValues(descriptorSet)

// compiled returns all files with comments.
var compiled = sync.OnceValues(compile)

func archive() ([]byte, error) {
	var written bytes.Buffer
	out := zip.NewWriter(&written)
	if err := errors.Join(out.AddFS(gen.Protos), addImports(out)); err != nil {
		return nil, fmt.Errorf("archiving the protos: %w", err)
	}
	if err := out.Close(); err != nil {
		return nil, fmt.Errorf("archiving the protos: %w", err)
	}
	return written.Bytes(), nil
}

func compile() (linker.Files, error) {
	var names []string
	if err := fs.WalkDir(gen.Protos, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".proto" {
			names = append(names, name)
		}
		return err
	}); err != nil {
		return nil, fmt.Errorf("listing the protos: %w", err)
	}
	compiler := protocompile.Compiler{
		SourceInfoMode: protocompile.SourceInfoStandard,
		Resolver: protocompile.CompositeResolver{
			&protocompile.SourceResolver{Accessor: func(name string) (io.ReadCloser, error) { return gen.Protos.Open(name) }},
			protocompile.ResolverFunc(linked),
		},
	}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		return nil, fmt.Errorf("compiling the protos: %w", err)
	}
	return files, nil
}

func descriptorSet() ([]byte, error) {
	files, err := compiled()
	if err != nil {
		return nil, err
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range withImports(files) {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encoding the descriptor set: %w", err)
	}
	return encoded, nil
}

// Comment returns the comment on something that a proto declares, or "".
func Comment(of protoreflect.Descriptor) string {
	found, err := Resolver.FindDescriptorByName(of.FullName())
	if err != nil {
		return ""
	}
	comment := found.ParentFile().SourceLocations().ByDescriptor(found).LeadingComments
	return strings.TrimSpace(strings.ReplaceAll(comment, "\n ", "\n"))
}

// Resolver finds descriptors with their comments. What the protos do not declare, such as grpc.health.v1, it finds
// in the generated code, without comments.
var Resolver protodesc.Resolver = resolver{}

type resolver struct{}

func (resolver) FindFileByPath(name string) (protoreflect.FileDescriptor, error) {
	if files, err := compiled(); err == nil {
		if file := files.FindFileByPath(name); file != nil {
			return file, nil
		}
	}
	return protoregistry.GlobalFiles.FindFileByPath(name) //nolint:wrapcheck // the caller compares with NotFound
}

func (resolver) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	generated, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if files, compileErr := compiled(); err == nil && compileErr == nil {
		if file := files.FindFileByPath(generated.ParentFile().Path()); file != nil {
			if found := file.FindDescriptorByName(name); found != nil {
				return found, nil
			}
		}
	}
	return generated, err //nolint:wrapcheck // the caller compares with NotFound
}
