package audit

import (
	"crypto/sha256"
	"encoding/binary"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Hash is the Merkle tree leaf hash of an event, SHA-256(0x00 || encoding), as in
// RFC 6962 section 2.1, so that a transparency log can seal events later.
//
// The encoding covers every column. Version 1 is the byte 0x01 and then, in the
// order of the columns:
//
//	id            16 bytes
//	time          8 bytes, microseconds since 1970 UTC
//	name          text
//	mailbox       8 bytes
//	party         8 bytes
//	system        8 bytes
//	organisation  8 bytes
//	platform      text
//	device        text
//	via           text
//	message       16 bytes, zero where there is none
//	session       text
//	props         text, "key=value" separated by single spaces
//
// Numbers are big-endian; a text is its length in 4 bytes and then its UTF-8.
type Hash [sha256.Size]byte

const (
	leaf     = 0x00 // RFC 6962: a leaf, not a node
	version1 = 0x01
)

// row is what is hashed.
type row struct {
	id    post.UUID
	time  int64
	event *Event
	props string
}

func (r row) hash() Hash {
	e := r.event
	b := make([]byte, 0, 512)
	b = append(b, leaf, version1)
	b = append(b, r.id[:]...)
	b = number(b, r.time)
	b = text(b, string(e.Name))
	b = number(b, int64(e.Mailbox))
	b = number(b, int64(e.Actor.Party))
	b = number(b, int64(e.Actor.System))
	b = number(b, int64(e.Actor.Organisation))
	b = text(b, string(e.Actor.Platform))
	b = text(b, string(e.Actor.Device))
	b = text(b, e.Via)
	b = append(b, e.Message[:]...)
	b = text(b, e.Actor.Session)
	b = text(b, r.props)
	return sha256.Sum256(b)
}

func number(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// Check tells of every event whose hash does not fit it, and whether the log of
// any mailbox lacks an event.
func Check(tx *db.Tx, found func(problem string)) error {
	rows, err := tx.Query("SELECT " + columns + " FROM event ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, hash, err := scanRow(rows)
		if err != nil {
			return err
		}
		if r.hash() != hash {
			found("event " + r.id.String() + " is not as it was written")
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return checkIndex(tx, found)
}
