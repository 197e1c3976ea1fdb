package rpc

import (
	"bytes"
	"io"
	"testing"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// FuzzReceive checks that no bytes make the decompressor or the codec fail, and that the codec marks
// what the decompressor could not read.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x0a, 1, 'x'})
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		reader, err := encoding.GetCompressor(gzip.Name).Decompress(bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(io.LimitReader(reader, 1<<20))
		if err != nil {
			t.Errorf("reading %x: %v", sent, err)
		}
		for _, data := range [][]byte{sent, text} {
			var message wrapperspb.StringValue
			if err := newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, &message); err != nil {
				t.Errorf("%x was refused: %v", data, err)
			}
			if bytes.HasSuffix(data, brokenEnd) && checkWellFormed(&message) == nil {
				t.Errorf("%x is taken for a message", data)
			}
		}
	})
}
