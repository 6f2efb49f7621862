package bolt_test

import (
	"testing"

	"sluice/storage"
	"sluice/storage/bolt/bolttest"
	"sluice/storage/storagetest"
)

func TestContract(t *testing.T) {
	storagetest.Run(t, func(tb testing.TB) storage.Store {
		tb.Helper()
		return bolttest.Open(tb)
	})
}
