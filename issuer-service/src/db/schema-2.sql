-- What a land register knows of a resident's home, and in which format a list's credentials are.
ALTER TABLE residents ADD COLUMN land_certificate TEXT;
ALTER TABLE residents ADD COLUMN land_parcel TEXT;
ALTER TABLE residents ADD COLUMN land_location TEXT;
ALTER TABLE residents ADD COLUMN land_area_m2 TEXT;
ALTER TABLE residents ADD COLUMN land_use TEXT;
ALTER TABLE residents ADD COLUMN land_right TEXT;
ALTER TABLE residents ADD COLUMN land_share TEXT;
ALTER TABLE residents ADD COLUMN land_registered TEXT;
ALTER TABLE lists ADD COLUMN format TEXT NOT NULL DEFAULT 'dc+sd-jwt';
