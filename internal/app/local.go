package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/login"
	"digitalpost/internal/population"
	"digitalpost/internal/portal/outside"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// LocalOptions is what a localserve is told.
type LocalOptions struct {
	Data       string
	Web        string // address to listen on; port 0 picks a free one
	API        string
	Database   string // postgres://… or "" for an SQLite file in Data
	Population int    // persons beside the demo people; at first start
	Employees  int    // of the one large company; at first start
	Units      int    // of the one concern; at first start
	Out        io.Writer
}

// Seed makes the synthetic nation of every localserve.
const Seed = 1

// Localserve runs everything on this machine, for people and scripts, until ctx
// ends.
func Localserve(ctx context.Context, o LocalOptions, log *slog.Logger) error {
	data, err := filepath.Abs(o.Data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	unlock, err := lock(data)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.Remove(filepath.Join(data, localFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l := &local{LocalOptions: o, log: log}
	l.Data = data
	return l.serve(ctx)
}

// lock keeps a second localserve off the folder. The lock ends with the process,
// however that ends.
func lock(data string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("a localserve is already running on %s", data)
	}
	return func() { f.Close() }, nil
}

// local is a localserve under way.
type local struct {
	LocalOptions
	log    *slog.Logger
	pki    *pki
	core   *Core
	config Config
	web    net.Listener
	api    net.Listener
	ground testid.Ground

	outside net.Listener // of the mail server that stands for all others
	returns net.Listener // of ours for e-mails that come back
}

func (l *local) serve(ctx context.Context) error {
	if err := l.listen(); err != nil {
		return err
	}
	if err := l.certificates(); err != nil {
		return err
	}
	l.configure()
	if err := writeFile(filepath.Join(l.Data, databaseFile), []byte(l.config.Database+"\n"), 0o600); err != nil {
		return err
	}
	var err error
	if l.core, err = OpenCore(ctx, l.config, l.log, true); err != nil {
		return err
	}
	file, err := l.prepare(ctx)
	if err == nil {
		err = l.samples(ctx)
	}
	if err != nil {
		return errors.Join(err, l.core.Close())
	}
	s, err := newServer(ctx, l.config, l.core, l.log, login.Config{
		Issuer: l.ground.Issuer(), ClientID: testid.ClientID, HTTP: l.ground.Client(), Local: true,
		Ask:    login.Ask{Parameter: testid.AskParameter, Private: testid.AskPrivate, Professional: testid.AskProfessional},
		Claims: login.Claims{CPR: "dk.cpr", Assurance: "loa", CVR: "nemlogin.cvr", Number: "nemlogin.nemid.rid", EmployeeCPR: "nemlogin.cpr"},
	})
	if err != nil {
		return errors.Join(err, l.core.Close())
	}
	if err := errors.Join(l.addTestLogin(s), l.addOutside(s), s.addReturns(l.returns)); err != nil {
		return errors.Join(err, l.core.Close())
	}
	s.ops.routes(s.sites.mux)
	if err := errors.Join(s.addWeb(l.web), s.addAPI(l.api)); err != nil {
		return errors.Join(err, l.core.Close())
	}
	return s.run(ctx, func() error {
		if err := file.write(l.Data); err != nil {
			return err
		}
		l.greet(file)
		return nil
	}, func() { os.Remove(filepath.Join(l.Data, localFile)) })
}

func (l *local) listen() error {
	var err error
	if l.web, err = net.Listen("tcp", l.Web); err != nil {
		return err
	}
	if l.api, err = net.Listen("tcp", l.API); err != nil {
		return err
	}
	if l.outside, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	if l.returns, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	l.ground, err = testid.Stand(l.web)
	return err
}

func port(n net.Listener) string { return strconv.Itoa(n.Addr().(*net.TCPAddr).Port) }

// host is the address of one of the portals.
func (l *local) host(name string) string { return "http://" + name + ".localhost:" + port(l.web) }

func (l *local) configure() {
	l.config = Config{Data: l.Data, Database: l.Database, Roles: []string{"web", "intake", "worker"}}
	if l.config.Database == "" {
		l.config.Database = filepath.Join(l.Data, "post.db")
	}
	l.config.Web.Borger, l.config.Web.Virk, l.config.Web.Documents = l.host("borger"), l.host("virk"), l.host("dokument")
	l.config.Web.Borgerservice, l.config.Web.Rights = l.host("borgerservice"), l.host("rettigheder")
	l.config.API.URL = "https://localhost:" + port(l.api) + "/apis/v1"
	l.config.API.Certificate, l.config.API.Key = l.pki.certificate("server"), l.pki.privateKey("server")
	l.config.API.ClientCA = l.pki.certificate("ca")
	l.config.Operator = OperatorConfig{CVR: operator(population.Cast()).CVR}
	l.config.Mail = MailConfig{Relay: l.outside.Addr().String(), From: "no-reply@digitalpost.localhost", TLS: "none", BounceDomain: "retur.digitalpost.localhost"}
	l.config.Support = SupportConfig{Phone: "70 20 00 00", Hours: "mandag til torsdag kl. 8-20, fredag kl. 8-16", HoursEnglish: "Monday to Thursday 8-20, Friday 8-16"}
}

func (l *local) certificates() error {
	var err error
	if l.pki, err = openPKI(filepath.Join(l.Data, "pki"), time.Now()); err != nil {
		return err
	}
	return l.pki.server(time.Now())
}

func (l *local) addTestLogin(s *server) error {
	provider, err := testid.New(l.ground, testid.Config{
		Portals: []string{l.config.Web.Borger, l.config.Web.Virk, l.config.Web.Borgerservice, l.config.Web.Rights, "https://localhost:" + port(l.api)},
		Styles:  []string{web.AssetURL("css/dkfds.css"), web.AssetURL("css/app.css")},
		People: func(context.Context) ([]testid.Person, error) {
			var all []testid.Person
			for _, m := range population.Cast() {
				if m.Record.Type != "person" {
					continue
				}
				cpr, err := post.ParseCPR(m.Record.CPR)
				if err != nil {
					return nil, err
				}
				all = append(all, testid.Person{CPR: cpr, Name: m.Record.FirstName + " " + m.Record.LastName, About: about(m)})
			}
			return all, nil
		},
		Organisations: func(context.Context) ([]testid.Organisation, error) { return employers() },
	})
	if err != nil {
		return err
	}
	s.sites.mux.Handle(testid.Host+"/", provider.Handler())
	s.sites.mux.Handle(testid.Host+"/assets/", web.Assets())
	return nil
}

// employers are the organisations of the cast with who logs in for them.
func employers() ([]testid.Organisation, error) {
	var all []testid.Organisation
	for _, e := range population.CastEmployees() {
		if !e.Record.Employed {
			continue
		}
		cvr, err := post.ParseCVR(e.Record.Organisation)
		if err != nil {
			return nil, err
		}
		cpr, err := post.ParseCPR(e.Record.CPR)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].CVR != cvr {
			all = append(all, testid.Organisation{CVR: cvr, Name: e.Organisation})
		}
		o := &all[len(all)-1]
		o.Employees = append(o.Employees, testid.Employee{Person: testid.Person{CPR: cpr, Name: e.Name, About: e.About()}, Number: e.Record.Number})
	}
	return all, nil
}

// addOutside makes the world that e-mails and letters on paper go to.
func (l *local) addOutside(s *server) error {
	world, err := outside.New(outside.Config{Dir: filepath.Join(l.Data, "outside"), Returns: l.returns.Addr().String(), Log: l.log,
		Web: web.Config{Log: l.log, Support: web.Support{Phone: l.config.Support.Phone, Hours: l.config.Support.Hours, HoursEnglish: l.config.Support.HoursEnglish}}})
	if err != nil {
		return err
	}
	s.sites.mux.Handle(outside.Host+"/", world.Handler())
	l.core.Print.Use(print.HTTP{URL: l.host("udenfor") + "/print", Client: l.ground.Client()})
	s.listeners = append(s.listeners, listener{"outside", func() error { return world.Mail().Serve(l.outside) }, world.Mail().Shutdown})
	return nil
}

func about(m population.Member) string {
	words := map[string]string{"registered": "får Digital Post", "exempt": "fritaget for Digital Post", "dead": "død", "child": "under 15 år"}
	return fmt.Sprintf("%d år · %s", age(m), words[m.Status])
}

func age(m population.Member) int {
	born, err := time.Parse(time.DateOnly, m.Record.BirthDate)
	if err != nil {
		return 0
	}
	return registry.Party{Born: born}.Age(time.Now())
}

// prepare makes what the first start makes: the nation, the systems and their
// certificates.
func (l *local) prepare(ctx context.Context) (Local, error) {
	cast := population.Cast()
	if err := l.nation(ctx); err != nil {
		return Local{}, err
	}
	err := l.core.DB.Update(ctx, func(tx *db.Tx) error { return l.core.Sessions.SaveClient(tx, testid.DemoClient()) })
	if err != nil {
		return Local{}, err
	}
	systems, err := l.systems(ctx, cast)
	if err != nil {
		return Local{}, err
	}
	file := Local{
		PID: os.Getpid(), API: l.config.API.URL, CA: l.pki.certificate("ca"),
		Web:    map[string]string{"borger": l.config.Web.Borger, "virk": l.config.Web.Virk, "borgerservice": l.config.Web.Borgerservice, "rettigheder": l.config.Web.Rights, "id": l.ground.Issuer(), "dokument": l.config.Web.Documents},
		Health: "http://localhost:" + port(l.web) + "/healthz", Metrics: "http://localhost:" + port(l.web) + "/metrics",
		SenderSystem: systems.Sender, OtherSenderSystem: systems.Other, RecipientSystem: systems.Recipients[0], RecipientSystems: systems.Recipients,
		Outside: LocalOutside{Mail: l.host("udenfor") + "/e-mail", Print: l.host("udenfor") + "/print", SMTP: l.outside.Addr().String()},
		Client:  testid.DemoClient().ID, Population: l.Population,
	}
	for _, m := range cast {
		if m.Record.Type == "person" {
			file.Persons = append(file.Persons, LocalPerson{m.Record.CPR, m.Record.FirstName + " " + m.Record.LastName, age(m), m.Status})
		} else {
			file.Organisations = append(file.Organisations, LocalOrganisation{m.Record.CVR, m.Record.Name, m.Record.Kind})
		}
	}
	for _, e := range population.CastEmployees() {
		one := LocalEmployee{CVR: e.Record.Organisation, Organisation: e.Organisation, Number: e.Record.Number, CPR: e.Record.CPR, Name: e.Name, Signs: e.Record.Signs, May: []LocalRight{}}
		for _, m := range e.May {
			one.May = append(one.May, LocalRight{m.Relation.String(), m.CVR})
		}
		file.Employees = append(file.Employees, one)
	}
	options := l.nationOptions()
	file.LargeCompany, file.Concern = population.LargeCompany(options), population.Concern(options)
	return file, nil
}

// nation imports the demo people and the rest of the synthetic nation at the
// first start. A later start takes the nation that is there.
func (l *local) nation(ctx context.Context) error {
	done := filepath.Join(l.Data, "nation")
	if raw, err := os.ReadFile(done); err == nil {
		_, err := fmt.Sscan(string(raw), &l.Population, &l.Employees, &l.Units)
		return err
	}
	if err := l.imported(ctx, "cast", population.WriteCast); err != nil {
		return fmt.Errorf("import the demo people: %w", err)
	}
	if l.Population > 0 {
		err := l.imported(ctx, "nation", func(w io.Writer) error { return population.Generate(w, l.nationOptions()) })
		if err != nil {
			return fmt.Errorf("import the nation: %w", err)
		}
	}
	if err := l.rights(ctx); err != nil {
		return fmt.Errorf("give the demo people their rights: %w", err)
	}
	return writeFile(done, fmt.Appendln(nil, l.Population, l.Employees, l.Units), 0o600)
}

// nationOptions is the synthetic nation of this localserve.
func (l *local) nationOptions() population.Options {
	o := NationOptions(l.Population)
	if l.Population > 0 {
		o.Employees, o.Units = l.Employees, l.Units
	}
	return o
}

// imported reads what write writes.
func (l *local) imported(ctx context.Context, source string, write func(io.Writer) error) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	_, err := l.core.Registry.Import(ctx, source, r)
	return errors.Join(err, r.Close())
}

// NationOptions is the synthetic nation of a localserve with so many persons.
func NationOptions(persons int) population.Options {
	return population.Options{Persons: persons, Organisations: persons / 10, Seed: Seed}
}

// systemsFile is where the keys of the demo systems are kept; the database has
// only their hashes.
const systemsFile = "systems.json"

// localSystems are the demo systems.
type localSystems struct {
	Sender, Other LocalSystem
	Recipients    []LocalSystem
}

func (l *local) systems(ctx context.Context, cast []population.Member) (localSystems, error) {
	path := filepath.Join(l.Data, systemsFile)
	var systems localSystems
	raw, err := os.ReadFile(path)
	if err == nil {
		return systems, json.Unmarshal(raw, &systems)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return systems, err
	}
	sends := registry.System{Name: "Afsendersystem", Sends: true, Protocol: registry.RESTPull, MemoVersion: "1.2"}
	if systems.Sender, err = l.system(ctx, "sender", authority(cast, registry.Municipality), sends); err != nil {
		return systems, err
	}
	if systems.Other, err = l.system(ctx, "other", authority(cast, registry.State), sends); err != nil {
		return systems, err
	}
	if systems.Recipients, err = l.recipients(ctx, cast); err != nil {
		return systems, err
	}
	if raw, err = json.Marshal(systems); err != nil {
		return systems, err
	}
	return systems, writeFile(path, raw, 0o600)
}

// recipients are the systems that people's letters to the cast's authorities go to:
// one for each, and one more for a contact point that has its own and takes MeMo
// 1.1. One authority has none. The first is the first authority's.
func (l *local) recipients(ctx context.Context, cast []population.Member) ([]LocalSystem, error) {
	receives := registry.System{Name: "Modtagersystem", Receives: true, ByDefault: true, Protocol: registry.RESTPull, MemoVersion: "1.2"}
	own := registry.System{Name: population.OwnSystem, Receives: true, Protocol: registry.RESTPull, MemoVersion: "1.1"}
	var all []LocalSystem
	for _, m := range cast {
		if m.Record.Type != "authority" || m.Record.Name == population.WithoutSystem {
			continue
		}
		name := "recipient"
		if len(all) > 0 {
			name += "-" + m.Record.CVR
		}
		made, err := l.system(ctx, name, m.Record, receives)
		if err != nil {
			return nil, err
		}
		all = append(all, made)
		cvr, point := population.OwnSystemPoint()
		if cvr != m.Record.CVR {
			continue
		}
		if made, err = l.system(ctx, name+"-point", m.Record, own); err != nil {
			return nil, err
		}
		made.Name, made.ContactPoint = own.Name, point.String()
		all = append(all, made)
		if err := l.connect(ctx, point, made); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (l *local) connect(ctx context.Context, point post.UUID, system LocalSystem) error {
	id, err := post.ParseUUID(system.ID)
	if err != nil {
		return err
	}
	return l.core.DB.Update(ctx, func(tx *db.Tx) error {
		s, err := l.core.Registry.SystemByUUID(tx, id)
		if err != nil {
			return err
		}
		return l.core.Registry.Connect(tx, post.Program, point, s.ID)
	})
}

func operator(cast []population.Member) registry.Record {
	for _, m := range cast {
		if m.Record.Name == population.Operator {
			return m.Record
		}
	}
	return authority(cast, registry.State)
}

func authority(cast []population.Member, kind registry.Authority) registry.Record {
	for _, m := range cast {
		if m.Record.AuthorityType == kind {
			return m.Record
		}
	}
	return registry.Record{}
}

func (l *local) system(ctx context.Context, name string, owner registry.Record, s registry.System) (LocalSystem, error) {
	if err := l.pki.system(name, owner.CVR, owner.Name, time.Now()); err != nil {
		return LocalSystem{}, err
	}
	var key string
	err := l.core.DB.Update(ctx, func(tx *db.Tx) error {
		party, err := l.organisation(tx, owner.CVR)
		if err != nil {
			return err
		}
		s.Organisation = party.ID
		s, key, err = l.core.Registry.CreateSystem(tx, s)
		return err
	})
	return LocalSystem{ID: s.UUID.String(), APIKey: key, Cert: l.pki.certificate(name), Key: l.pki.privateKey(name), CVR: owner.CVR, Name: owner.Name}, err
}

func (l *local) organisation(tx *db.Tx, number string) (registry.Party, error) {
	cvr, err := post.ParseCVR(number)
	if err != nil {
		return registry.Party{}, err
	}
	return l.core.Registry.OrganisationByCVR(tx, cvr)
}

// greet says where to go and as whom.
func (l *local) greet(file Local) {
	var who []string
	for _, p := range file.Persons {
		if p.Status == "registered" && len(who) < 3 {
			who = append(who, p.Name)
		}
	}
	fmt.Fprintf(l.Out, `
Digital Post kører på denne maskine.

  Din post:   %s
              Log ind som %s eller en anden på listen.
  Virk:       %s (post til virksomheder og foreninger: MitID Erhverv)
  Rettigheder: %s (hvem der har adgang til en virksomheds post)
  Borgerservice: %s (kommunens og styrelsens medarbejdere)
  Udenfor:    %s (her ligger e-mails og breve på papir, som er sendt ud)
  API:        %s
  For scripts: %s

  Send et brev:  digitalpost send --localserve %s --to %s --subject "Hej" --file brev.pdf
  Stop med Ctrl+C.

`, file.Web["borger"], strings.Join(who, ", "), file.Web["virk"], file.Web["rettigheder"], file.Web["borgerservice"], strings.TrimSuffix(file.Outside.Mail, "/e-mail"), file.API, filepath.Join(l.Data, localFile), l.LocalOptions.Data, file.Persons[0].CPR)
}
