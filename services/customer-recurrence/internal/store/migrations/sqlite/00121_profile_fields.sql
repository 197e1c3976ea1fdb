-- +goose Up
UPDATE customers SET
    business_name = COALESCE(profile ->> 'business_name', ''),
    given_name = COALESCE(profile ->> 'given_name', ''),
    first_surname = COALESCE(profile ->> 'first_surname', ''),
    customer_code = COALESCE(profile ->> 'customer_code', '');
