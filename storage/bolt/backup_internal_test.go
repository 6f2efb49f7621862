package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
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

func TestACopyOfANewerVersionIsRefused(t *testing.T) {
	s := openTest(t)
	later := &job{done: make(chan error, 1), apply: func(tx *txn) error {
		return tx.put(bMeta, []byte(schemaKey), []byte(strconv.Itoa(len(steps)+2)))
	}}
	s.commit([]*job{later})
	if err := <-later.done; err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	if _, err := s.Backup(t.Context(), &copied); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sluice.db")
	if _, err := Restore(t.Context(), path, "", &copied, "c", Options{}); !errors.Is(err, storage.ErrNewer) {
		t.Errorf("got %v", err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 0 {
		t.Errorf("in the folder are %v, %v", names, err)
	}
}
