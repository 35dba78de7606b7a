package main

import (
	"io"

	"digitalpost/internal/api"
)

// openapiCmd prints the API's document, for tools that make clients and for
// linters; a running Digital Post serves the same.
type openapiCmd struct{}

// Run prints it.
func (openapiCmd) Run(out io.Writer) error {
	document, err := api.OpenAPI()
	if err != nil {
		return err
	}
	_, err = out.Write(document)
	return err
}
