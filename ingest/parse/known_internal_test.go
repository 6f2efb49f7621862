package parse

import (
	"reflect"
	"testing"
)

// A field that is new in a note belongs into the sum of items, see summing.note; then this
// number is one more.
func TestAllFieldsOfANoteAreInItsSum(t *testing.T) {
	const from, to, within, sum, texts = 1, 1, 1, 1, 1 // where the item and its texts are, not what they say
	const summed = 10
	if n := reflect.TypeFor[note]().NumField(); n != summed+from+to+within+sum+texts {
		t.Errorf("a note has %d fields", n)
	}
}
