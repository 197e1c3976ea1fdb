-- The databases of the services, made when the server starts for the first time.
CREATE DATABASE continuo_customer_recurrence;
CREATE DATABASE continuo_subscription;
CREATE DATABASE continuo_recurring_billing;
