package mocks_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"net/http"
	"strings"
	"time"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mocks"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const contoso customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// example takes the place of the *testing.T that a test gives to gomock. With a
// *testing.T nobody has to call Finish.
type example struct{}

func (example) Errorf(format string, args ...any) { log.Printf(format, args...) }
func (example) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

// The program's own database forgets a customer when the relationship is gone.
// A double of the database says that there is a record, until it is deleted.
func Example() {
	ctrl := gomock.NewController(example{}) // in a test: gomock.NewController(t)
	defer ctrl.Finish()

	partner := mocks.NewOffboardPartner(ctrl)
	partner.EXPECT().CheckRead(gomock.Any(), contoso, false).Return(nil).AnyTimes()
	partner.EXPECT().CheckWrite(gomock.Any(), contoso, false).Return(nil).AnyTimes()
	partner.EXPECT().Customer(gomock.Any(), contoso).Return(&customers.Customer{ID: contoso, Relationship: customers.None}, nil)

	database := mocks.NewOffboardDirectory(ctrl)
	gomock.InOrder(
		database.EXPECT().Has(gomock.Any(), contoso).Return(true, nil),
		database.EXPECT().Delete(gomock.Any(), contoso, gomock.Not("")).Return(nil), // with a request id
		database.EXPECT().Has(gomock.Any(), contoso).Return(false, nil),
	)

	workflow, err := offboard.New(partner, new(offboard.MemoryStore), offboard.WithDirectory(database))
	if err != nil {
		log.Fatal(err)
	}
	report, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(context.Background(), contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State)
	// Output: done
}

// phoneBook is what a program needs of customers.Service: two methods of many,
// so that its own double has two.
type phoneBook interface {
	Get(ctx context.Context, id customers.TenantID) (*customers.Customer, error)
	Search(ctx context.Context, f customers.Filter) iter.Seq2[*customers.Customer, error]
}

var _ phoneBook = (*customers.Service)(nil) // it has them

// find is the program: it takes what a colleague typed, a tenant id or the
// first letters of a name.
func find(ctx context.Context, book phoneBook, typed string) ([]string, error) {
	if id, err := customers.ParseTenantID(typed); err == nil {
		c, err := book.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return []string{c.CompanyProfile.CompanyName}, nil
	}
	var names []string
	for c, err := range book.Search(ctx, customers.Filter{Field: customers.ByCompanyName, Value: typed}) {
		if err != nil {
			return nil, err
		}
		names = append(names, c.CompanyProfile.CompanyName)
	}
	return names, nil
}

// shelf is a phoneBook of these companies, none of which has an id. Mockgen
// makes one as well, with a line like those of this package.
type shelf []string

func (s shelf) Get(context.Context, customers.TenantID) (*customers.Customer, error) {
	return nil, partnercenter.ErrNotFound
}

func (s shelf) Search(_ context.Context, f customers.Filter) iter.Seq2[*customers.Customer, error] {
	return func(yield func(*customers.Customer, error) bool) {
		for _, name := range s {
			c := &customers.Customer{CompanyProfile: customers.CompanyProfile{CompanyName: name}}
			if strings.HasPrefix(name, f.Value) && !yield(c, nil) {
				return
			}
		}
	}
}

// Our services are concrete types, so that they can grow. A program that wants
// to double one names the methods that it calls in an interface of its own.
func Example_interfaceOfYourOwn() {
	ctx := context.Background()
	double := shelf{"Contoso BV", "Fabrikam BV", "Contoso Bakery"}
	fmt.Println(find(ctx, double, "Contoso"))
	_, err := find(ctx, double, string(contoso))
	fmt.Println("unknown:", errors.Is(err, partnercenter.ErrNotFound))

	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"})
	fmt.Println(find(ctx, customers.New(clientOf(fake)), string(contoso)))
	// Output:
	// [Contoso BV Contoso Bakery] <nil>
	// unknown: true
	// [Contoso BV] <nil>
}

// clientOf returns a client of an emulated Partner Center.
func clientOf(fake http.RoundTripper) *partnercenter.Client {
	client, err := partnercenter.New(auth.Credentials{AppUser: signedIn(fake)}, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// signedIn returns the tokens of the emulator's user.
func signedIn(fake http.RoundTripper) auth.TokenSource {
	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
			ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
		},
		RefreshToken: partnercentertest.RefreshToken,
	})
	if err != nil {
		log.Fatal(err)
	}
	return user.PartnerCenter()
}
