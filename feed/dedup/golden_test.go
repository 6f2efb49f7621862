package dedup_test

import "sluice/feed/dedup"

// What TestStoredFormsStay expects, as the first release wrote it.
var (
	goldenSum    = [12]byte{0x9, 0xed, 0xe7, 0xac, 0x4, 0xfb, 0xed, 0x8d, 0xb0, 0x12, 0xe5, 0xaf}
	goldenDigest = dedup.Digest{
		Real: 0xb28d1a272e1e2c76, Detail: 0xedd71f59b32dceaf, Title: 0xde12d59ab2650e01,
		URL: 0xe8999eaeff81acf6, GUID: 0xf54b5eb85d35b571,
	}
)
