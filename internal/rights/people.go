package rights

import (
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// betweenPeople are the relations that people give each other.
const betweenPeople = access.Writer | access.Reader | access.PrivateReader | access.SenderReader

// BetweenPeople tells a right that one person gave another (ACC-01, ACC-09, ACC-15).
func (r Right) BetweenPeople() bool { return r.Relation&betweenPeople != 0 }

// namesBetweenPeople is those relations, as a list in SQL.
const namesBetweenPeople = "('writer', 'reader', 'reader.private', 'reader.sender')"

// Ending are the rights between people that end at or before a moment, those over
// already first.
func (r *Rights) Ending(tx *db.Tx, until time.Time) ([]Right, error) {
	return r.collect(tx, "ends <= $1 AND relation IN "+namesBetweenPeople, until)
}

// AdministratorsEnding are the organisations to which a right to administer ends in a
// span of time, own or a group's, with the latest end in it.
func (r *Rights) AdministratorsEnding(tx *db.Tx, after, until time.Time) (map[post.PartyID]time.Time, error) {
	all := map[post.PartyID]time.Time{}
	rows, err := tx.Query(`SELECT mailbox, ends FROM privilege WHERE ends > $1 AND ends <= $2 AND relation = $3
		UNION ALL SELECT mailbox, ends FROM identity_privilege WHERE ends > $1 AND ends <= $2 AND relation = $3`, after, until, access.Administrator.String())
	_, err = db.Collect(rows, err, func(rows *db.Rows) (id post.PartyID, err error) {
		var ends time.Time
		if err = rows.Scan(&id, db.Time(&ends)); ends.After(all[id]) {
			all[id] = ends
		}
		return id, err
	})
	return all, err
}

// Owners are people, at most limit and in the order of their keys after one, to
// whose post somebody has a right that people give each other, and since when.
func (r *Rights) Owners(tx *db.Tx, after post.PartyID, limit int) ([]Owner, error) {
	rows, err := tx.Query("SELECT mailbox, MIN(created) FROM privilege WHERE mailbox > $1 AND (ends IS NULL OR ends > $2) AND relation IN "+namesBetweenPeople+
		" GROUP BY mailbox ORDER BY mailbox LIMIT $3", after, tx.Now, limit)
	return db.Collect(rows, err, func(rows *db.Rows) (o Owner, err error) {
		err = rows.Scan(&o.ID, db.Time(&o.Since))
		return o, err
	})
}

// Owner is somebody to whose post others have rights.
type Owner struct {
	ID    post.PartyID
	Since time.Time // when the oldest of the rights was given
}
