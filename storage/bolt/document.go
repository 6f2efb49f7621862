package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"sluice/storage/record"
)

// Keep remembers a document; see storage.Publications.
func (s *Store) Keep(ctx context.Context, id string, document []byte) error {
	if id == "" {
		return errors.New("keep: a document of no output")
	}
	err := s.update(ctx, func(t *txn) error { return t.put(bDocuments, []byte(id), record.EncodeDocument(document)) })
	if err != nil {
		return fmt.Errorf("keep a document: %w", err)
	}
	return nil
}

// Kept returns a document; see storage.Publications.
func (s *Store) Kept(ctx context.Context, id string) (document []byte, err error) {
	if id == "" {
		return nil, ctx.Err()
	}
	err = s.view(ctx, func(t *txn) error {
		v := t.get(bDocuments, []byte(id))
		if v == nil {
			return nil
		}
		whole, err := record.DecodeDocument(v)
		if err == nil {
			document = bytes.Clone(whole)
		}
		return nil // a damaged one is as good as none
	})
	if err != nil {
		return nil, fmt.Errorf("kept document: %w", err)
	}
	return document, nil
}

// documents sees that what is kept can be read.
func (v *verifier) documents() error {
	return v.t.scan(bDocuments, nil, func(k, val []byte) error {
		if _, err := record.DecodeDocument(val); err != nil {
			return broken("document of "+string(k), err)
		}
		return nil
	})
}
