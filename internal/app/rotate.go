package app

import (
	"context"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
)

// RotateKeys makes a new master key and wraps the data keys with it.
func RotateKeys(ctx context.Context, c Config) error {
	dsn, err := c.dsn()
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	return keys.Rotate(ctx, d, c.masterKey())
}
