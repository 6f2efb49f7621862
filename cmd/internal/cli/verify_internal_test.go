package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
)

func TestASoundStoreIsOneLineAndEachFaultIsOne(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		v         control.Verified
		out, told string
	}{
		"sound": {
			control.Verified{Contents: control.Contents{Store: "s.db", Articles: 1, Sources: 2, Bytes: 1 << 20, Polled: &at}},
			"s.db is sound: 1 article, 2 sources, 1.0 MiB\n", "",
		},
		"one fault": {
			control.Verified{Contents: control.Contents{Store: "s.db"}, Faults: []string{"article 7: no entry in\x1b seen"}},
			"article 7: no entry in  seen\n", "s.db is damaged: 1 fault; restore a backup (sluice restore)",
		},
		"more faults than are named": {
			control.Verified{Contents: control.Contents{Store: "s.db"}, Faults: []string{"a", "b"}, More: true},
			"a\nb\n", "s.db is damaged: at least 2 faults; restore a backup (sluice restore)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := printVerified(&out, tc.v)
			code, told := exitOK, ""
			if err != nil {
				code, told = classify(err)
			}
			if out.String() != tc.out || told != tc.told || (code == exitIO) != (tc.told != "") {
				t.Errorf("printed %q, told %q, status %d", out.String(), told, code)
			}
		})
	}
}

func TestAResultThatCannotBeWrittenIsAnError(t *testing.T) {
	full := errors.New("disk full")
	for _, v := range []control.Verified{{}, {Faults: []string{"a"}}} {
		if err := printVerified(broken{full}, v); !errors.Is(err, full) {
			t.Errorf("%+v: got %v", v, err)
		}
	}
}

// broken is what nothing can be written to.
type broken struct{ err error }

// Write implements io.Writer.
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestSizesAreForPeople(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 1023: "1023 bytes", 1024: "1.0 KiB", 155_648: "152 KiB", 3 << 29: "1.5 GiB", 1 << 50: "1.0 PiB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
