from django.db import migrations

ADDS_UP = """
CREATE FUNCTION lots_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_level bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    there bigint;
    of_lots bigint;
BEGIN
    SELECT level.on_hand INTO there
    FROM inventory_stocklevel level JOIN inventory_stockitem item ON item.sku_id = level.item_id
    WHERE level.id = its_level AND item.by_lots;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(on_hand), 0) INTO of_lots FROM inventory_lotlevel WHERE level_id = its_level;
    IF there <> of_lots THEN
        RAISE EXCEPTION 'level % has % on hand and % of its lots', its_level, there, of_lots
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lots_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER lots_add_up AFTER UPDATE OF on_hand ON inventory_stocklevel
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.on_hand <> NEW.on_hand) EXECUTE FUNCTION lots_add_up('id');
CREATE CONSTRAINT TRIGGER lots_add_up AFTER INSERT OR UPDATE ON inventory_lotlevel
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lots_add_up('level_id');
"""
NEVER_EXPIRED = """
CREATE FUNCTION no_expired_lot_is_sold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inventory_stockmove move, inventory_lot lot
               WHERE move.id = NEW.move_id AND move.kind = 'sale'
                 AND lot.id = NEW.lot_id AND lot.best_before < current_date) THEN
        RAISE EXCEPTION 'lot % is past its day', NEW.lot_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_expired_lot_is_sold';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_expired_lot_is_sold BEFORE INSERT ON inventory_lotmove
    FOR EACH ROW EXECUTE FUNCTION no_expired_lot_is_sold();
"""
BACK = """
DROP TRIGGER no_expired_lot_is_sold ON inventory_lotmove;
DROP FUNCTION no_expired_lot_is_sold;
DROP TRIGGER lots_add_up ON inventory_lotlevel;
DROP TRIGGER lots_add_up ON inventory_stocklevel;
DROP FUNCTION lots_add_up;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_lots")]

    operations = [migrations.RunSQL([ADDS_UP, NEVER_EXPIRED], [BACK])]
