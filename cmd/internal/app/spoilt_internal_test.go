package app

import (
	"errors"
	"fmt"
	"testing"

	"sluice/ingest"
	"sluice/storage"
)

func TestARoundInADamagedStoreIsNoFaultOfPublishers(t *testing.T) {
	damage := ingest.Report{Outcome: ingest.Failed, Err: fmt.Errorf("store: %w: sketch with a wrong checksum", storage.ErrDamaged)}
	theirs := ingest.Report{Outcome: ingest.Failed, Err: errors.New("no such host")}
	for name, tt := range map[string]struct {
		reports []ingest.Report
		want    bool
	}{
		"nothing was polled":                       {nil, false},
		"all publishers failed":                    {[]ingest.Report{theirs, theirs}, false},
		"all polls met damage":                     {[]ingest.Report{damage, damage}, true},
		"some met damage, the others failed":       {[]ingest.Report{theirs, damage, {Outcome: ingest.NotDue}}, true},
		"one was stored beside those that met it":  {[]ingest.Report{damage, {Outcome: ingest.Changed}}, false},
		"one found nothing new beside one with it": {[]ingest.Report{{Outcome: ingest.NotModified}, damage}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := spoilt(tt.reports); errors.Is(err, storage.ErrDamaged) != tt.want {
				t.Errorf("got %v, want damage: %v", err, tt.want)
			}
		})
	}
}
