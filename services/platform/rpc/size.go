package rpc

import (
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// What the parts of a message take at most in memory, in bytes, lists that grow by doubling included.
const (
	messageSize = 500
	valueSize   = 100
	// packedSize is for each byte of a packed list, which may be a number of its own.
	packedSize = 32
	// smallMessage is the size in bytes up to which a message is not looked at, but taken for the worst:
	// two bytes for each message in it.
	smallMessage = 256
)

// sizeInMemory returns what a message takes at most in memory: the bytes that were received, and the
// parsed message with its parts.
func sizeInMemory(data mem.BufferSlice, of protoreflect.MessageDescriptor) int64 {
	size := int64(data.Len())
	if size <= smallMessage {
		return size + messageSize + size/2*messageSize
	}
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool()) // without a copy, if it is one buffer
	defer whole.Free()
	return 3*size + messageSize + partsSize(whole.ReadOnlyData(), of, protowire.DefaultRecursionLimit)
}

// partsSize adds up what the fields of a message take besides their texts. It ends where the bytes are
// not a message, as parsing does.
func partsSize(text []byte, of protoreflect.MessageDescriptor, depth int) (size int64) {
	for len(text) > 0 && depth > 0 {
		number, kind, n := protowire.ConsumeTag(text)
		if n < 0 {
			return size
		}
		text = text[n:]
		if n = protowire.ConsumeFieldValue(number, kind, text); n < 0 {
			return size
		}
		field := of.Fields().ByNumber(number)
		switch {
		case field == nil:
			size += valueSize + 2*int64(n) // kept as unknown
		case field.Message() != nil && kind == protowire.BytesType:
			part, _ := protowire.ConsumeBytes(text)
			size += messageSize + valueSize + partsSize(part, field.Message(), depth-1)
		case field.IsList() && kind == protowire.BytesType && field.Kind() != protoreflect.StringKind && field.Kind() != protoreflect.BytesKind:
			size += valueSize + int64(n)*packedSize
		default:
			size += valueSize
		}
		text = text[n:]
	}
	return size
}
