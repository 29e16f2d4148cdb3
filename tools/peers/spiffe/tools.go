//go:build tools

// Package tools names the commands that are built from this module beside gospiffe, so that go.sum knows them.
package tools

import _ "github.com/spiffe/spiffe-helper/cmd/spiffe-helper"
