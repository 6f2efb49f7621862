package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// Earlier makes a store of today's version one of an earlier: what is packed is as it was
// before, and some buckets are not there yet.
func Earlier(tx *bbolt.Tx, version int, without ...string) error {
	t := newTxn(tx)
	for n := range bucketCount {
		if _, isPacked := n.packed(); !isPacked || t.tx.Bucket([]byte(bucketNames[n])) == nil {
			continue
		}
		if err := t.unpackAll(n); err != nil {
			return err
		}
	}
	for _, name := range without {
		if err := tx.DeleteBucket([]byte(name)); err != nil {
			return err
		}
	}
	return putVersion(tx, version)
}

// unpackAll makes a packed bucket one of a key for each entry.
func (t *txn) unpackAll(n bucket) error {
	var all []entry
	err := t.scan(n, nil, func(k, v []byte) error {
		v = bytes.Clone(v)
		if n == bAliases {
			table := crc32.MakeTable(crc32.Castagnoli)
			v = binary.BigEndian.AppendUint16(v, uint16(crc32.Update(crc32.Checksum(k, table), table, v)))
		}
		all = append(all, entry{n, bytes.Clone(k), v})
		return nil
	})
	if err != nil {
		return err
	}
	name, sequence := []byte(bucketNames[n]), t.bucket(n).Sequence()
	if err := t.tx.DeleteBucket(name); err != nil {
		return err
	}
	b, err := t.tx.CreateBucket(name)
	if err != nil {
		return err
	}
	for _, e := range all {
		err = errors.Join(err, b.Put(e.key, e.value))
	}
	return errors.Join(err, b.SetSequence(sequence))
}
