package bolt

import (
	"errors"
	"testing"

	"sluice/storage"
)

// A commit that fails for want of room ends all writing, so a copy must not bring it about.
func TestACopyLeavesTheStoreRoomToGrow(t *testing.T) {
	for name, tc := range map[string]struct {
		size, spare int64
		full        bool
	}{
		"there is plenty":             {1 << 30, 1 << 40, false},
		"there is just enough":        {1 << 30, 1<<30 + reserve, false},
		"it would fill the disk":      {1 << 30, 1 << 30, true},
		"it would leave too little":   {1 << 30, 1<<30 + reserve - 1, true},
		"even a small store has none": {4 * pageSize, 10 * pageSize, true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := roomFor(tc.size, tc.spare); errors.Is(err, storage.ErrFull) != tc.full || err != nil != tc.full {
				t.Errorf("got %v", err)
			}
		})
	}
}
