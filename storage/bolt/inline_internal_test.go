package bolt

import (
	"encoding/binary"
	"testing"
)

// inlineBucket is a bucket as bbolt keeps a small one, with a key and a value.
func inlineBucket() []byte {
	b := make([]byte, bucketHeader+headerSize)
	binary.NativeEndian.PutUint16(b[bucketHeader+8:], leafFlag)
	binary.NativeEndian.PutUint16(b[bucketHeader+10:], 1)
	for _, n := range []uint32{0, elementSize, 3, 5} { // flags, place, key, value
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return append(b, "keyvalue"...)
}

func TestABucketWhoseEntriesLieOutsideOfItIsNotWhole(t *testing.T) {
	if !isWhole(inlineBucket()) {
		t.Fatal("what bbolt writes is not whole")
	}
	for what, at := range map[string]int{"place": 4, "key": 8, "value": 12} {
		b := inlineBucket()
		b[bucketHeader+headerSize+at+2] ^= 0x80 // on a machine of either order far beyond the end
		if isWhole(b) {
			t.Errorf("its %s lies elsewhere, and it is called whole", what)
		}
	}
	for n := range inlineBucket() { // whatever is left of it is judged without a panic
		if isWhole(inlineBucket()[:n]) {
			t.Errorf("%d bytes of it are called whole", n)
		}
		b := inlineBucket()
		b[n] ^= 0xff
		isWhole(b)
	}
}
