package app

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Local is DATA/localserve.json: all that a script needs to drive a localserve.
// It is there when the program is ready, and readable only by its owner.
type Local struct {
	PID     int               `json:"pid"`
	Web     map[string]string `json:"web"` // address of each portal
	API     string            `json:"api"` // ends in /apis/v1
	CA      string            `json:"ca"`  // file of the root of all certificates here
	Health  string            `json:"health"`
	Metrics string            `json:"metrics"`

	SenderSystem      LocalSystem `json:"senderSystem"`
	OtherSenderSystem LocalSystem `json:"otherSenderSystem"` // of another authority
	RecipientSystem   LocalSystem `json:"recipientSystem"`   // pulls for the first authority
	// RecipientSystems are those of all authorities that can be written to.
	RecipientSystems []LocalSystem `json:"recipientSystems"`

	// Outside is where things arrive that leave the house.
	Outside LocalOutside `json:"outside"`

	// Client is the view client that scripts may use.
	Client string `json:"client"`
	// Population is how many synthetic persons there are beside those listed.
	Population int `json:"population"`

	Persons []LocalPerson `json:"persons"`

	Organisations []LocalOrganisation `json:"organisations"`

	// Employees are who works in those organisations or signs for them.
	Employees []LocalEmployee `json:"employees"`

	// LargeCompany is the CVR number of the company with very many employees, and
	// Concern those of a group of companies, the office that looks after them first;
	// empty where the localserve was begun without them.
	LargeCompany string   `json:"largeCompany,omitempty"`
	Concern      []string `json:"concern,omitempty"`
}

// LocalSystem is a system with what it needs to authenticate.
type LocalSystem struct {
	ID     string `json:"id"`
	APIKey string `json:"apiKey"`
	Cert   string `json:"cert"`
	Key    string `json:"key"`
	CVR    string `json:"cvr"`
	Name   string `json:"name"`
	// ContactPoint is set where the system is that of one contact point only.
	ContactPoint string `json:"contactPoint,omitempty"`
}

// LocalOutside is the world outside, as a localserve has it.
type LocalOutside struct {
	Mail  string `json:"mail"`  // page with the e-mails that were sent; MAIL + ".json" for scripts
	Print string `json:"print"` // page with the letters on paper; PRINT + ".json" for scripts
	SMTP  string `json:"smtp"`  // host:port of the server that takes them
}

// LocalPerson is a demo person.
type LocalPerson struct {
	CPR    string `json:"cpr"`
	Name   string `json:"name"`
	Age    int    `json:"age"`
	Status string `json:"status"` // registered, exempt, dead, child
}

// LocalOrganisation is a demo organisation.
type LocalOrganisation struct {
	CVR  string `json:"cvr"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// LocalEmployee is a demo person in an organisation.
type LocalEmployee struct {
	CVR          string `json:"cvr"`
	Organisation string `json:"organisation"`
	// Number is the employee's, for MitID Erhverv; "" for who signs for the
	// organisation and does not work there.
	Number string `json:"number,omitempty"`
	CPR    string `json:"cpr"`
	Name   string `json:"name"`
	// Signs tells that they sign alone: private MitID is enough.
	Signs bool         `json:"signs"`
	May   []LocalRight `json:"may"`
}

// LocalRight is a right of an employee.
type LocalRight struct {
	Relation string `json:"relation"`      // a name of access.Relation
	CVR      string `json:"cvr,omitempty"` // whose mailbox; none for a role of staff
}

const (
	localFile    = "localserve.json"
	databaseFile = "database" // the database's address
)

// ReadLocal reads the file of a running localserve.
func ReadLocal(dir string) (Local, error) {
	var l Local
	raw, err := os.ReadFile(filepath.Join(dir, localFile))
	if errors.Is(err, fs.ErrNotExist) {
		return l, fmt.Errorf("no localserve is running on %s", dir)
	}
	if err == nil {
		err = json.Unmarshal(raw, &l)
	}
	if err != nil {
		return l, fmt.Errorf("read %s: %w", localFile, err)
	}
	return l, nil
}

func (l Local) write(dir string) error {
	raw, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, localFile), append(raw, '\n'), 0o600)
}

// LocalConfig is the configuration of a localserve's data, for the tools that
// look at it from outside.
func LocalConfig(dir string) (Config, error) {
	raw, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if err != nil {
		return Config{}, fmt.Errorf("%s is not the folder of a localserve: %w", dir, err)
	}
	return Config{Data: dir, Database: strings.TrimSpace(string(raw))}, nil
}

// HTTPClient speaks to a localserve's API, as a system where one is given.
func (l Local) HTTPClient(system *LocalSystem) (*http.Client, error) {
	root, err := os.ReadFile(l.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("%s holds no certificate", l.CA)
	}
	config := &tls.Config{RootCAs: pool}
	if system != nil {
		pair, err := tls.LoadX509KeyPair(system.Cert, system.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: config, DialContext: loopback}}, nil
}

// loopback finds names under localhost on this machine (RFC 6761), whatever the
// machine's resolver says of them.
var loopback = (&localDialer{net.Dialer{Timeout: 10 * time.Second}}).dial
